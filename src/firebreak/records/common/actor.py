"""Who changes something: a person, a token of a program, or Firebreak itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Actor:
    """Stands in ledger entries as `kind:id`. `name` is for people and never leaves the database."""

    kind: Literal["user", "token", "system"]
    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


SYSTEM: Final = Actor("system", "firebreak", "Firebreak")
