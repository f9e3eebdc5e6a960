"""One known item: what is stored about it beside its codes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from firebreak.engine.errors import IndexFileError

Kind = Literal["image", "video", "audio"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A known item in a bank. Its name is unique there."""

    name: str
    kind: Kind
    duration: float | None = None  # seconds; None when nobody knows
    sha256: str | None = None
    md5: str | None = None
    source: str = ""
    note: str = ""
    added: str = ""  # ISO 8601, UTC

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Reference:
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as problem:
            raise IndexFileError(
                f"the bank tells of a reference what cannot be read: {problem}", "restore it from a backup"
            ) from problem
