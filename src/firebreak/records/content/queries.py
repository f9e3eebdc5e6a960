"""Reads of what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from firebreak.records.common.errors import NotFound
from firebreak.records.content.models import Finding, Idempotency, Scan, State, Tally
from firebreak.records.content.tally import leaf


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


def tally_leaves(ids: Sequence[UUID]) -> Iterator[bytes]:
    """Give what a tally's root is reckoned over: of each scan, in the order of their ids."""
    rows = Scan.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "finished_at")
    return (leaf(id_, at) for id_, at in rows.iterator())


def tallied(tally: Tally) -> list[UUID]:
    """Return the scans that an entry of the ledger counted."""
    packed = bytes(tally.scans)
    return [UUID(bytes=packed[at : at + 16]) for at in range(0, len(packed), 16)]
