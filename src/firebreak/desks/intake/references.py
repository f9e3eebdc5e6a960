"""What references are called, by their rows in the index: one prepared statement, since look-ups ask all the time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from django.db import InterfaceError, OperationalError, connection


class Named(NamedTuple):
    """A reference that is live, in a bank that is in use."""

    id: UUID
    name: str
    bank: str
    label: str
    kind: str


# Row by row through the primary key, whatever the planner believes: after a large import it knows nothing of the
# table for a minute, and would read all of it.
_NAMED: Final = """
    SELECT r.id, r.public_id, r.name, b.name, b.label, r.kind
    FROM unnest(%s::bigint[]) AS wanted(id)
    CROSS JOIN LATERAL (SELECT * FROM banks_reference WHERE banks_reference.id = wanted.id LIMIT 1) AS r
    CROSS JOIN LATERAL (SELECT * FROM banks_bank WHERE banks_bank.id = r.bank_id LIMIT 1) AS b
    WHERE r.removed_at IS NULL AND b.enabled
"""


def named(rows: Collection[int]) -> Mapping[int, Named]:
    """Return what is known of rows, without those that were removed or switched off meanwhile."""
    if not rows:
        return {}
    try:
        return _ask(list(rows))
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _ask(list(rows))


def _ask(rows: list[int]) -> dict[int, Named]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        found = cursor.execute(_NAMED, [rows], prepare=True).fetchall()
    return {row: Named(id_, name or str(id_), *rest) for row, id_, name, *rest in found}
