"""Ending scans that were not answered at once. Every step may be taken twice: a scan has one end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import Error as DatabaseProblem
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from firebreak.desks.intake import gate, judging, machine, spool
from firebreak.records.banks import library
from firebreak.records.common import jobs
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Unavailable
from firebreak.records.common.settings import settings
from firebreak.records.content import operations as content
from firebreak.records.content import queries
from firebreak.records.content.models import Scan
from firebreak.records.content.outcome import Outcome

# A scan that waits longer than this, and has no job any more, gets a new one.
RESCUE_AFTER: Final = timedelta(minutes=5)

_log = structlog.get_logger(__name__)


def end(id_: UUID) -> None:
    """Scan what waits in the spool, and give its scan an end. Raises what a later try may not meet."""
    if not library.ready():
        raise Unavailable(gate.LOADING, "this is tried again")
    tries = content.begin_try(id_)
    if tries is not None:
        scan = queries.scan(id_)
        content.finish(id_, _outcome(scan) if tries <= settings().scan_tries else _given_up(scan))
    spool.waiting(id_).unlink(missing_ok=True)


def rescue() -> int:
    """Give scans that wait a job again where theirs is gone; return how many."""
    rescued = 0
    for id_ in queries.waiting_since(now() - RESCUE_AFTER):
        alive = ProcrastinateJob.objects.filter(
            task_name=gate.JOB, status__in=("todo", "doing"), args__contains={"scan": str(id_)}
        )
        if not alive.exists():
            with transaction.atomic():
                jobs.defer(gate.JOB, queue=gate.QUEUE, scan=str(id_))
            rescued += 1
    return rescued


def clear_spool() -> int:
    """Delete what processes that were killed left in the spool; what a scan still waits for stays."""
    gone = 0
    for path in spool.left_over():
        scan = spool.scan_of(path)
        if scan is None or not queries.is_waiting(scan):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _outcome(scan: Scan) -> Outcome:
    path = spool.waiting(scan.pk)
    if not path.exists():
        raise FileNotFoundError(f"the upload of scan {scan.pk} is not in {path.parent}")
    try:
        return judging.judge(machine.scanner().scan(path), scan.surface)
    except (DatabaseProblem, Unavailable):
        raise
    except Exception as problem:
        _log.error("scan_broke", scan=str(scan.pk), tries=scan.tries, exc_info=problem)
        raise


def _given_up(scan: Scan) -> Outcome:
    why = f"the scan broke off {settings().scan_tries} times"
    return judging.broken(scan.surface, why, error=why, failed=True)
