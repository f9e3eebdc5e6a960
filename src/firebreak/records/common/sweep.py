"""Jobs whose worker is gone: given back, so that another takes them. So every job may run twice, and is idempotent.

The queue's tables are procrastinate's; its own functions are called, so that its history stays whole.
"""

from __future__ import annotations

import threading
from typing import Final

import structlog
from django.db import connection, transaction

_log = structlog.get_logger(__name__)
STALLED_SECONDS: Final = 10.0
"""A worker that has not been heard of for so long is gone. Workers are heard of every two seconds."""
_EVERY_SECONDS: Final = 5.0
_KEPT_HOURS: Final = {"succeeded": 1, "cancelled": 24, "aborted": 24, "failed": 24 * 30}
_PRUNE_EVERY: Final = 60  # sweeps

_GIVE_BACK: Final = """
SELECT procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL)
FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
"""
_FORGET_WORKERS: Final = "SELECT procrastinate_prune_stalled_workers_v1(%s)"
_PRUNE: Final = """
DELETE FROM procrastinate_jobs WHERE id IN (
  SELECT job.id FROM procrastinate_jobs job WHERE job.status = %s AND NOT EXISTS (
    SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > now() - make_interval(hours => %s)
  ) LIMIT 10000)
"""
_LOCK: Final = 0x66627377  # one sweeper at a time


def run(stop: threading.Event) -> None:
    """Sweep until asked to stop."""
    sweeps = 0
    while not stop.wait(_EVERY_SECONDS):
        once()
        sweeps += 1
        if sweeps % _PRUNE_EVERY == 1:
            prune()


def once() -> int:
    """Give back the jobs of workers that are gone, unless another does so now; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not _mine(cursor):
            return 0
        cursor.execute(_GIVE_BACK, [STALLED_SECONDS])
        given_back = int(cursor.rowcount)
        cursor.execute(_FORGET_WORKERS, [STALLED_SECONDS * 3])
    if given_back:
        _log.warning("jobs of workers that are gone were given back", jobs=given_back)
    return given_back


def prune() -> int:
    """Delete jobs that ended some time ago; return how many."""
    deleted = 0
    for status, hours in _KEPT_HOURS.items():
        with transaction.atomic(), connection.cursor() as cursor:
            if _mine(cursor):
                cursor.execute(_PRUNE, [status, hours])
                deleted += cursor.rowcount
    return deleted


def _mine(cursor: object) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])  # type: ignore[attr-defined]
    return bool(cursor.fetchone()[0])  # type: ignore[attr-defined]
