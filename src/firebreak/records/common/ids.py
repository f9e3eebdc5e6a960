"""Ids: UUIDv7 (RFC 9562), so that rows sort by their making."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid6


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(int=uuid6.uuid7().int)


def short(id_: UUID) -> str:
    """Return how an id is shown to people: its last eight digits, which are random; the first are its time."""
    return id_.hex[-8:]


def first_id(at: datetime) -> UUID:
    """Return the lowest UUIDv7 that can have been made at a time: ids sort by it, so that no column needs to."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
