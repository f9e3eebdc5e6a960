"""The gate: an item comes in, and never leaves without an answer.

Whoever waits gets it at once where that can be; otherwise the scan is written down together with its job and the file
is kept, so that a worker ends it. Where Firebreak cannot find out, the answer is what a setting says, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from firebreak.desks.intake import answers, judging, machine, ready_made, slots
from firebreak.desks.intake.kinds import Kind
from firebreak.desks.intake.spool import SpoolFile
from firebreak.engine.errors import PoolBusy, ScanDeadline
from firebreak.engine.findings import Scan
from firebreak.records.banks import library
from firebreak.records.common import jobs
from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, TooMany, Unavailable
from firebreak.records.common.ids import new_id
from firebreak.records.common.metrics import SCANS, SCANS_DEGRADED
from firebreak.records.common.settings import settings
from firebreak.records.content import operations as content
from firebreak.records.content import queries
from firebreak.records.content.outcome import Asked, Outcome

JOB: Final = "intake.scan"
QUEUE: Final = "scan"
LOADING: Final = "the index is still being read"
DATABASE: Final = "the database does not answer"
INSIDE: Final = "something went wrong inside Firebreak"

_log = structlog.get_logger(__name__)
_away: Final = (OperationalError, InterfaceError)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks about which item, for how long they wait, and when that was."""

    asked: Asked
    actor: Actor
    wait: float
    id: UUID
    at: datetime

    @classmethod
    def made(cls, asked: Asked, actor: Actor, wait: float) -> Request:
        """Return a request that is made now."""
        return cls(asked, actor, min(wait, settings().scan_wait), new_id(), now())


def scan_file(request: Request, file: SpoolFile, kind: Kind | None, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer for a file. Raises TooMany beyond capacity, Conflict for a key used for something else."""
    media = {**source, "bytes": file.size}
    try:
        if earlier := _earlier(request.asked):
            return earlier
        if not library.ready():
            return _later(request, file, media, judging.broken(request.asked.surface, LOADING))
        still = kind == "image"
        if not still:
            _let_go()
        scan = _look(request, file.path, still=still) if request.wait > 0 else None
        return _later(request, file, media) if scan is None else _now(request, scan, media)
    except _away as problem:
        return _unwritten(request, judging.broken(request.asked.surface, DATABASE), problem)


def scan_signals(request: Request, signals: ready_made.Signals) -> dict[str, Any]:
    """Return the answer for ready-made signals. Raises Unavailable while the index is read, else as `scan_file`."""
    if earlier := _earlier(request.asked):
        return earlier
    try:
        with slots.scans().one():
            scan: Scan | Outcome = ready_made.scan(signals, library.current())
    except TooMany as full:
        raise _with_verdict(full, request.asked.surface) from None
    except _away:
        scan = judging.unnamed(request.asked.surface, DATABASE)
    return _now(request, scan, {"source": "signals"})


def repeated(asked: Asked) -> dict[str, Any] | None:
    """Return what the same request was answered before. Raises Conflict where its key was used for another."""
    used = queries.by_key(asked.asked_by, asked.key) if asked.key else None
    if used is None:
        return None
    if bytes(used.request) != asked.request:
        raise Conflict(
            "this Idempotency-Key was used for another request",
            "send the very same request again, or use a new key",
            field="Idempotency-Key",
        )
    return answers.stored(used.scan, queries.findings(used.scan_id))


def _earlier(asked: Asked) -> dict[str, Any] | None:
    """Return what the same request was answered before; where the database is away, it is looked at anew."""
    try:
        return repeated(asked)
    except _away:
        return None


def _let_go() -> None:
    """Give the database's connection back while a video is looked at: others need it, and there are few."""
    if not connection.in_atomic_block:
        connection.close()


def _look(request: Request, path: Path, *, still: bool) -> Scan | Outcome | None:
    """Scan within the time there is; None where it did not suffice. Raises TooMany."""
    try:
        with slots.scans().one():
            return _look_at_still(path) if still else _look_at_moving(path, request.wait)
    except (ScanDeadline, PoolBusy, Unavailable):
        return None
    except TooMany as full:
        raise _with_verdict(full, request.asked.surface) from None
    except _away:  # only what was hit has to be named
        return judging.unnamed(request.asked.surface, DATABASE)
    except Exception as problem:  # noqa: BLE001 - whatever it was, whoever asks needs a verdict
        _log.error("scan_broke", scan=str(request.id), exc_info=problem)
        return judging.broken(request.asked.surface, INSIDE, error=type(problem).__name__, failed=True)


def _look_at_still(path: Path) -> Scan:
    return machine.scanner().scan(path, time.monotonic() + max(1.0, settings().scan_wait))


def _look_at_moving(path: Path, wait: float) -> Scan | None:
    until = time.monotonic() + wait
    with slots.moving().one_within(wait) as held:
        return machine.scanner().scan(path, until) if held else None


def _now(request: Request, scan: Scan | Outcome, media: Mapping[str, Any]) -> dict[str, Any]:
    """Judge, write down, answer. Where the database is away, what was found still counts."""
    asked = request.asked
    try:
        outcome = judging.judge(scan, asked.surface, media) if isinstance(scan, Scan) else scan
        content.record_answered(request.id, asked, outcome, at=request.at, actor=request.actor)
    except content.KeyUsed:  # by the same request, a moment ago
        return _same_as_before(asked)
    except _away as problem:
        outcome = judging.without_policy(scan, asked.surface, DATABASE) if isinstance(scan, Scan) else scan
        return _unwritten(request, outcome, problem)
    return _counted(answers.answered(request.id, asked, outcome, request.at))


def _later(
    request: Request, file: SpoolFile, media: Mapping[str, Any], meanwhile: Outcome | None = None
) -> dict[str, Any]:
    """Keep the file and write the scan down with its job."""
    if queries.waiting(settings().scans_waiting):
        raise _with_verdict(_queue_full(), request.asked.surface)
    kept = file.keep(request.id)
    try:
        content.record_pending(request.id, request.asked, media, at=request.at, then=_deferring(request.id))
    except content.KeyUsed:
        kept.unlink(missing_ok=True)
        return _same_as_before(request.asked)
    # Where the database went away, nobody knows whether the commit came through: the file stays, pruning finds out.
    return _counted(answers.pending(request.id, request.asked, media, request.at, meanwhile))


def _deferring(scan: UUID) -> Callable[[], object]:
    return lambda: jobs.defer(JOB, queue=QUEUE, scan=str(scan))


def _unwritten(request: Request, outcome: Outcome, problem: Exception) -> dict[str, Any]:
    """Answer what could not be written down."""
    _log.error("scan_not_written", scan=str(request.id), verdict=outcome.verdict, problem=str(problem))
    return _counted(answers.answered(None, request.asked, outcome, request.at))


def _counted(told: dict[str, Any]) -> dict[str, Any]:
    SCANS.labels("pending" if told["status"] == "pending" else told["verdict"]).inc()
    if told["degraded"]:
        SCANS_DEGRADED.inc()
    return told


def _with_verdict(full: TooMany, surface: str) -> TooMany:
    """Say in a refusal what to do with the item if nobody asks again."""
    outcome = judging.broken(surface, "Firebreak is overloaded")
    SCANS_DEGRADED.inc()
    full.extra = {"degraded": True, "verdict": outcome.verdict, "reason": outcome.degraded}
    return full


def _queue_full() -> TooMany:
    return TooMany(
        f"{settings().scans_waiting} scans wait for a worker already, as many as may",
        "try again later; add workers, or raise FIREBREAK_SCANS_WAITING, when this happens often",
        after=5.0,
    )


def _same_as_before(asked: Asked) -> dict[str, Any]:
    """Return what the same request, sent twice at once, was answered the other time."""
    if earlier := repeated(asked):
        return earlier
    raise Conflict("this Idempotency-Key is in use", "send the request again", field="Idempotency-Key")
