"""What is hashed: the bytes of a leaf, of a payload, of an actor. Nothing here knows the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import rfc8785

from firebreak.records.common.errors import Invalid

SALT_BYTES: Final = 16
# Whole numbers beyond this have no exact form in every JSON reader; RFC 8785 forbids them.
_EXACT: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the tree vouches for. `actor` and `payload` are salted hashes, so that what they stand for can be erased."""

    seq: int
    id: UUID
    time: datetime
    actor: bytes
    action: str
    subject: str
    payload: bytes

    def told(self) -> dict[str, Any]:
        """Return the leaf as JSON."""
        return {
            "seq": self.seq,
            "id": str(self.id),
            "time": stamp(self.time),
            "actor": self.actor.hex(),
            "action": self.action,
            "subject": self.subject,
            "payload": self.payload.hex(),
        }

    def data(self) -> bytes:
        """Return the bytes that the tree hashes: canonical JSON (RFC 8785)."""
        return rfc8785.dumps(self.told())


def stamp(time: datetime) -> str:
    """Return a time as leaves write it: UTC, microseconds, `Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def hash_payload(salt: bytes, payload: Mapping[str, Any]) -> bytes:
    """Return SHA-256 over the salt and the payload's canonical JSON."""
    return hashlib.sha256(salt + canonical(payload)).digest()


def hash_actor(salt: bytes, actor: str) -> bytes:
    """Return SHA-256 over the salt and `kind:id`."""
    return hashlib.sha256(salt + actor.encode()).digest()


def canonical(payload: Mapping[str, Any]) -> bytes:
    """Return canonical JSON of a payload. Raises Invalid for what the database would not give back unchanged."""
    _refuse_inexact(payload)
    try:
        return rfc8785.dumps(dict(payload))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as problem:
        raise Invalid(f"a ledger payload cannot hold this: {problem}") from None


def _refuse_inexact(value: object) -> None:
    """Refuse what JSON in PostgreSQL changes: large numbers lose their form, and text cannot hold NUL."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_inexact(name)
            _refuse_inexact(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_inexact(inner)
    elif isinstance(value, str) and "\0" in value:
        raise Invalid("a ledger payload cannot hold NUL characters")
    elif isinstance(value, int | float) and not -_EXACT <= value <= _EXACT:
        raise Invalid(f"a ledger payload cannot hold the number {value}", "write it as text")
