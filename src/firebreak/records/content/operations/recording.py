"""Writing scans down.

Nearly all end in `allow` with nothing found; for those this is one statement, prepared once: one round trip, one
commit. It goes past Django's cursors, which would send and plan the whole statement each time, and ask the database
whether it is there before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.content.operations.details import note, tell, write_findings
from firebreak.records.content.outcome import Asked, Outcome


class KeyUsed(Exception):  # noqa: N818 - says what happened
    """The idempotency key was used before: nothing was written."""


def record_answered(id_: UUID, asked: Asked, outcome: Outcome, *, at: datetime, actor: Actor) -> None:
    """Write a scan that was answered at once; `at` is when it was asked. Raises KeyUsed."""
    values = _values(id_, asked, outcome, at, "failed" if outcome.failed else "done")
    if not outcome.findings and outcome.verdict == "allow":
        _write(values)
        return
    with transaction.atomic():
        _write(values)
        write_findings(id_, outcome.findings)
        if outcome.verdict != "allow":
            note(id_, outcome, actor)
            tell(id_, asked, outcome)


def record_pending(
    id_: UUID, asked: Asked, media: Mapping[str, Any], *, at: datetime, then: Callable[[], object]
) -> None:
    """Write a scan that is still to be done, and do `then`, which defers its job, in the same transaction.

    Raises KeyUsed.
    """
    with transaction.atomic():
        _write(_values(id_, asked, Outcome(verdict="", media=media), at, "pending"))
        then()


def _write(values: Mapping[str, Any]) -> None:
    if _insert(values) is None:
        raise KeyUsed


def _insert(values: Mapping[str, Any]) -> object | None:
    """Run the statement; once more where the connection turned out to be gone, but never within a transaction."""
    try:
        return _execute(values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _execute(values)


def _execute(values: Mapping[str, Any]) -> object | None:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(_statement(), values, prepare=True).fetchone()


@cache
def _statement() -> bytes:
    return files("firebreak.records.content").joinpath("data/record_scan.sql").read_bytes()


def _values(id_: UUID, asked: Asked, outcome: Outcome, at: datetime, state: str) -> dict[str, Any]:
    prints = outcome.prints
    return {
        "id": id_,
        "asked_by": asked.asked_by,
        "key": asked.key,
        "request": asked.request,
        "content_id": asked.content_id,
        "account_id": asked.account_id,
        "surface": asked.surface,
        "state": state,
        "verdict": outcome.verdict,
        "confidence": outcome.confidence,
        "degraded": outcome.degraded,
        "error": outcome.error,
        "decision": json.dumps(outcome.decision),
        "media": json.dumps(outcome.media),
        "ms": outcome.ms,
        "created_at": at,
        "finished_at": None if state == "pending" else now(),
        "sha256": prints.sha256 if prints else None,
        "codes": prints.codes if prints else None,
        "times": prints.times if prints else None,
        "quality": prints.quality if prints else None,
    }
