"""Entries to test with."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from firebreak.records.common.actor import Actor
from firebreak.records.ledger import operations, queries, sequencer
from firebreak.records.ledger.models import Entry
from firebreak.records.ledger.verify import Report, Verification, check

ANA = Actor("user", "0192", "Ana")


def write(count: int, **payload: Any) -> list[Entry]:
    """Write entries that wait for the sequencer."""
    with transaction.atomic():
        return [
            operations.record("bank.note", actor=ANA, subject=f"bank:{number}", payload={"number": number, **payload})
            for number in range(count)
        ]


def sequence(*batches: int) -> None:
    """Write and sequence batches of these sizes, a checkpoint each."""
    for count in batches:
        write(count)
        assert sequencer.sequence_once() == count


def verified(**options: Any) -> Report:
    """Check the ledger in the database."""
    with queries.snapshot():
        return check(queries.lines(), Verification(nodes=queries.nodes(), **options))


def tamper(statement: str, *values: bytes | str | int) -> None:
    """Change the database as its owner can who switches the guard off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_guard")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_guard")
