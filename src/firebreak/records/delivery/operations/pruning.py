"""Ending the keeping of what was delivered, or given up, long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import now
from firebreak.records.delivery.models import Delivery, Event, State
from firebreak.records.ledger.operations import record

BATCH: Final = 1000


def prune(days: int) -> int:
    """Delete events older than a number of days, with their deliveries and attempts, unless one is on its way still
    (to a disabled endpoint nothing is).

    Returns how many. Every batch is a transaction of its own, so that nothing waits for a large clean-up.
    """
    total = 0
    before = now() - timedelta(days=days)
    while count := _prune_batch(before.isoformat()):
        total += count
    return total


def _prune_batch(before: str) -> int:
    pending = Delivery.objects.filter(state=State.PENDING, endpoint__disabled_at=None).values("event_id")
    with transaction.atomic():
        old = Event.objects.filter(created_at__lt=before).exclude(pk__in=pending).order_by("created_at")
        ids = list(old.values_list("pk", flat=True)[:BATCH])
        if ids:
            Event.objects.filter(pk__in=ids).delete()
            record("delivery.prune", actor=SYSTEM, subject="delivery", payload={"before": before, "events": len(ids)})
    return len(ids)
