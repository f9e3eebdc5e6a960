"""How the installation is doing, as the database knows it: for `/metrics` and `firebreak doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count

from firebreak.records.common.clock import now
from firebreak.records.common.sweep import STALLED_SECONDS
from firebreak.records.delivery import queries as delivery
from firebreak.records.delivery.models import Delivery, State
from firebreak.records.ledger.models import Entry

_QUEUES: Final = """
SELECT queue_name, count(*), extract(epoch FROM max(now() - coalesce(scheduled_at, ready.at, now())))
FROM procrastinate_jobs job
LEFT JOIN LATERAL (
  SELECT min(at) AS at FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred'
) ready ON true
WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
GROUP BY queue_name
"""
_WORKERS: Final = """
SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)
"""
_FAILED: Final = "SELECT queue_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY queue_name"


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs that are due. `oldest_seconds` is how long the oldest has waited."""

    name: str
    waiting: int
    oldest_seconds: float


def queues() -> list[Queue]:
    """Return the queues in which something is due."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return [Queue(name, waiting, float(oldest or 0)) for name, waiting, oldest in cursor.fetchall()]


def failed_jobs() -> dict[str, int]:
    """Return how many jobs of each queue were given up, of those that are kept."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED)
        return dict(cursor.fetchall())


def workers() -> int:
    """Return how many lanes of workers are alive, on all machines; a worker process has four."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [STALLED_SECONDS])
        return int(cursor.fetchone()[0])


def ledger_lag() -> tuple[int, float]:
    """Return how many entries wait for the sequencer, and how long the oldest has waited (s)."""
    pending = Entry.objects.pending()
    oldest = pending.order_by("pk").first()
    return pending.count(), max(0.0, (now() - oldest.time).total_seconds()) if oldest else 0.0


def deliveries() -> dict[str, int]:
    """Return how many deliveries are in each state, but those that arrived."""
    counted = Delivery.objects.exclude(state=State.DELIVERED).values_list("state").annotate(Count("pk"))
    return dict(counted.order_by("state"))


def failing_endpoints() -> int:
    """Return at how many addresses webhooks do not arrive."""
    return delivery.failing_endpoints().count()
