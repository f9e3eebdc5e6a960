"""Connections of their own that change what is known and commit when they are told to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import numpy as np
import psycopg

from firebreak.engine.library.library import Library
from firebreak.records.banks import signals
from firebreak.records.banks.library import _parameters
from tests.records.banks.drafts import draft

_INSERT = """
    INSERT INTO banks_reference (public_id, bank_id, name, kind, note, source, identity, signals_held, added_by,
                                 added_at, removed_by, removed_because)
    VALUES (%s, %s, %s, 'image', '', '', %s, 1, 'system:test', now(), '', '') RETURNING id
"""
_REMOVE = """
    UPDATE banks_reference SET removed_at = now(), changed_xid = pg_current_xact_id()::text::bigint WHERE id = %s
"""
_RESTORE = """
    UPDATE banks_reference SET removed_at = NULL, changed_xid = pg_current_xact_id()::text::bigint WHERE id = %s
"""
_LIVE = "SELECT s.id FROM banks_signal s JOIN banks_reference r ON r.id = s.reference_id WHERE r.removed_at IS NULL"


def connect(**told: Any) -> psycopg.Connection:
    return psycopg.connect(**_parameters(), **told)


def add(connection: psycopg.Connection, bank: int, number: int, frames: int = 1) -> int:
    """Add a reference as part of the connection's transaction and return its number."""
    made = draft(number, frames=frames)
    row = connection.execute(_INSERT, [uuid4(), bank, f"{made.name} {uuid4()}", uuid4()]).fetchone()
    assert row
    columns = signals.Columns()
    columns.add(made)
    signals.write(connection.cursor(), np.array(row, np.int64), columns)
    return int(row[0])


def remove(connection: psycopg.Connection, reference: int) -> None:
    connection.execute(_REMOVE, [reference])


def restore(connection: psycopg.Connection, reference: int) -> None:
    connection.execute(_RESTORE, [reference])


def committed() -> set[int]:
    """Return the signals that are live for everyone."""
    with connect(autocommit=True) as connection:
        return {number for (number,) in connection.execute(_LIVE).fetchall()}


def held(library: Library) -> set[int]:
    """Return the signals that a library holds."""
    batches = [batch.signal for batch in library.signals()]
    return set(np.concatenate(batches).tolist())
