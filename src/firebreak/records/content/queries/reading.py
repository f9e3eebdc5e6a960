"""Reads of single things."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from firebreak.records.common.errors import NotFound
from firebreak.records.content.models import Finding, Idempotency, Scan, State


def scan(id_: UUID) -> Scan:
    """Return a scan with its item. Raises NotFound."""
    found = Scan.objects.select_related("item").filter(pk=id_).first()
    if found is None:
        raise NotFound(f"there is no scan {id_}", "ids are answered when a scan is asked for", field="id")
    return found


def findings(id_: UUID) -> list[Finding]:
    """Return what a scan found, the surest first."""
    return list(Finding.objects.filter(scan_id=id_))


def by_key(asked_by: str, key: str) -> Idempotency | None:
    """Return what an idempotency key was used for."""
    return Idempotency.objects.select_related("scan__item").filter(asked_by=asked_by, key=key).first()


def waiting(least: int) -> bool:
    """Tell whether at least so many scans wait for a worker."""
    return Scan.objects.filter(state=State.PENDING).order_by()[least - 1 : least].exists()


def waiting_since(before: datetime) -> list[UUID]:
    """Return the scans that wait for a worker since before a time, the oldest first."""
    pending = Scan.objects.filter(state=State.PENDING, created_at__lt=before)
    return list(pending.order_by("pk").values_list("pk", flat=True)[:1000])


def is_waiting(id_: UUID) -> bool:
    """Tell whether a scan waits for a worker."""
    return Scan.objects.filter(pk=id_, state=State.PENDING).exists()
