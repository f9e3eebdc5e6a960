"""What the page Now counts. Everything here is bounded: by an index, by a day, by ten minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Sum
from django.db.models.functions import TruncHour

from firebreak.records.banks import library
from firebreak.records.banks.models import Bank
from firebreak.records.common.clock import now
from firebreak.records.content.models import Scan, State, Tally, Untallied, Verdict
from firebreak.records.delivery import queries as delivery
from firebreak.records.delivery.models import Delivery
from firebreak.records.delivery.models import State as DeliveryState
from firebreak.records.ledger.models import Entry

HOURS: Final = 24
STOPPED: Final = (Verdict.BLOCK, Verdict.HOLD, Verdict.REVIEW)
RECENT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hours:
    """Counts of the last 24 hours, the newest last, and their sum."""

    kind: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits, and since when the oldest of it does."""

    count: int
    oldest: datetime | None


def by_hour() -> dict[str, Hours]:
    """Return what was seen, by verdict; `seen` is all of it."""
    since = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    stopped = Scan.objects.filter(pk__gte=floor(since), verdict__in=STOPPED).order_by()
    rows = stopped.annotate(hour=TruncHour("created_at")).values_list("verdict", "hour").annotate(Count("pk"))
    found: dict[str, dict[datetime, int]] = {verdict: {} for verdict in STOPPED}
    for verdict, hour, count in rows:
        found[verdict][hour] = count
    hours = {str(verdict): Hours(verdict, _filled(found[verdict], since)) for verdict in STOPPED}
    allowed = _filled(_allowed(since), since)
    allowed[-1] += Untallied.objects.count()  # those of the last minute
    every = zip(allowed, *(each.counts for each in hours.values()), strict=True)
    return {"seen": Hours("seen", [sum(each) for each in every]), **hours}


def floor(at: datetime) -> UUID:
    """Return the least UUIDv7 that could have been made at a time."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def waiting_scans() -> Queue:
    pending = Scan.objects.filter(state=State.PENDING).order_by().aggregate(Count("pk"), Min("created_at"))
    return Queue(pending["pk__count"], pending["created_at__min"])


def waiting_deliveries() -> Queue:
    """Return deliveries that are due and that nobody has sent yet."""
    due = Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now(), endpoint__disabled_at=None)
    found = due.order_by().aggregate(Count("pk"), Min("due_at"))
    return Queue(found["pk__count"], found["due_at__min"])


def waiting_entries() -> Queue:
    """Return entries of the ledger that the tree has not taken in yet."""
    found = Entry.objects.pending().order_by().aggregate(Count("pk"), Min("time"))
    return Queue(found["pk__count"], found["time__min"])


def needs() -> Mapping[str, int]:
    """Return how many there are of what somebody should see to; what there is none of is left out."""
    recent = Scan.objects.filter(pk__gte=floor(now() - RECENT))
    counted = {
        "late": delivery.late_urgent().count(),
        "failing": delivery.failing_endpoints().count(),
        "given_up": Delivery.objects.filter(state=DeliveryState.DEAD, endpoint__deleted_at=None).count(),
        "degraded": recent.exclude(degraded="").count(),
        "broken": recent.filter(state=State.FAILED).count(),
        "loading": 0 if library.ready() else 1,
        "no_bank": 0 if Bank.objects.exists() else 1,
    }
    return {name: count for name, count in counted.items() if count}


def _allowed(since: datetime) -> dict[datetime, int]:
    rows = Tally.objects.filter(created_at__gte=since).order_by().annotate(hour=TruncHour("created_at"))
    return dict(rows.values_list("hour").annotate(Sum("count")))


def _filled(counts: Mapping[datetime, int], since: datetime) -> list[int]:
    hours: Iterable[datetime] = (since + timedelta(hours=n) for n in range(HOURS))
    return [counts.get(hour, 0) for hour in hours]
