"""Ids: UUIDv7 (RFC 9562), so that rows sort by their making."""

from __future__ import annotations

from uuid import UUID

import uuid6


def new_id() -> UUID:
    """Return a new UUIDv7."""
    return UUID(int=uuid6.uuid7().int)


def short(id_: UUID) -> str:
    """Return how an id is shown to people: its last eight digits, which are random; the first are its time."""
    return id_.hex[-8:]
