"""Lists of scans, the newest first; pages are named by the id they begin after, so they stand still while more come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from firebreak.records.common.ids import first_id
from firebreak.records.content.models import Finding, Scan

SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """Which scans are wanted; what is empty does not matter."""

    verdict: str = ""
    state: str = ""
    surface: str = ""
    content_id: str = ""
    account_id: str = ""
    bank: str = ""
    reference: UUID | None = None
    degraded: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Scans with their item and `findings.all()`; the ids that name the neighbouring pages."""

    scans: list[Scan]
    older: UUID | None  # ask with before=
    newer: UUID | None  # ask with after=


def page(filters: Filters, *, before: UUID | None = None, after: UUID | None = None, size: int = SIZE) -> Page:
    """Return a page: the newest, those older than `before`, or those next newer than `after`."""
    rows = _filtered(filters).select_related("item")
    rows = rows.prefetch_related(Prefetch("findings", Finding.objects.defer("segments")))
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more, scans = len(found) > size, found[:size][::-1]
        older = scans[-1].pk if scans else None
        return Page(scans, older, scans[0].pk if more and scans else None)
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    scans = found[:size]
    newer = scans[0].pk if before and scans else None
    return Page(scans, scans[-1].pk if len(found) > size else None, newer)


def _filtered(filters: Filters) -> QuerySet[Scan]:
    rows = Scan.objects.all()
    for field, value in (
        ("verdict", filters.verdict),
        ("state", filters.state),
        ("surface", filters.surface),
        ("item__content_id", filters.content_id),
        ("item__account_id", filters.account_id),
    ):
        if value:
            rows = rows.filter(**{field: value})
    if filters.degraded:
        rows = rows.exclude(degraded="")
    if filters.since:
        rows = rows.filter(pk__gte=first_id(filters.since))
    if filters.until:
        rows = rows.filter(pk__lt=first_id(filters.until))
    return _found_in(rows, filters)


def _found_in(rows: QuerySet[Scan], filters: Filters) -> QuerySet[Scan]:
    """Keep those that found something in a bank, or a reference."""
    findings = Finding.objects.all()
    if filters.bank:
        findings = findings.filter(bank=filters.bank)
    if filters.reference:
        findings = findings.filter(reference_id=filters.reference)
    return rows.filter(pk__in=findings.values("scan_id")) if filters.bank or filters.reference else rows
