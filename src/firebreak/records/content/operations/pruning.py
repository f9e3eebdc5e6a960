"""Letting go of what need not be kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from firebreak.records.common.clock import now
from firebreak.records.common.ids import first_id
from firebreak.records.content.models import Fingerprint, Idempotency

KEY_HOURS: Final = 24
# So many rows a statement, so that none holds locks for long.
_BATCH: Final = 10_000


def prune_fingerprints(days: int) -> int:
    """Delete fingerprints of scans that were asked for more than `days` ago; return how many."""
    before, gone = first_id(now() - timedelta(days=days)), 0
    while batch := list(Fingerprint.objects.filter(pk__lt=before).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        gone += Fingerprint.objects.filter(pk__in=batch).delete()[0]
    return gone


def prune_keys() -> int:
    """Delete idempotency keys that are too old to be sent again; return how many."""
    return Idempotency.objects.filter(created_at__lt=now() - timedelta(hours=KEY_HOURS)).delete()[0]
