"""The numbers of the first page. Scans that ended in `allow` are counted from tallies, so a busy day costs no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncHour

from firebreak.records.common.clock import now
from firebreak.records.common.ids import first_id
from firebreak.records.content.models import Scan, State, Tally, Untallied

HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """What was answered in one hour. `allow` is counted when it is tallied, up to a minute later."""

    start: datetime
    allow: int = 0
    review: int = 0
    hold: int = 0
    block: int = 0

    @property
    def stopped(self) -> int:
        return self.hold + self.block

    @property
    def all(self) -> int:
        return self.allow + self.review + self.stopped


@dataclass(frozen=True, slots=True)
class Numbers:
    """What came in over some hours, and what waits now."""

    since: datetime
    hours: tuple[Hour, ...]  # the oldest first, none left out
    waiting: int
    waiting_since: datetime | None  # the oldest of those
    degraded: int  # answered by a setting
    failed: int

    def total(self, verdict: str) -> int:
        """Return how many ended in a verdict."""
        return sum(getattr(hour, verdict) for hour in self.hours)

    @property
    def all(self) -> int:
        return sum(hour.all for hour in self.hours)

    @property
    def stopped(self) -> int:
        return sum(hour.stopped for hour in self.hours)


def numbers(hours: int = HOURS) -> Numbers:
    """Return the numbers of the last so many hours, this one included."""
    this = now().replace(minute=0, second=0, microsecond=0)
    since = this - timedelta(hours=hours - 1)
    counted: dict[datetime, dict[str, int]] = {since + timedelta(hours=n): {} for n in range(hours)}
    _add(counted, _allowed(since))
    _add(counted, _stopped(since))
    counted[this]["allow"] = counted[this].get("allow", 0) + Untallied.objects.count()
    recent = Scan.objects.filter(pk__gte=first_id(since))
    pending = Scan.objects.filter(state=State.PENDING).aggregate(n=Count("pk"), oldest=Min("created_at"))
    told = recent.exclude(degraded="").aggregate(n=Count("pk"), failed=Count("pk", filter=Q(state=State.FAILED)))
    return Numbers(
        since=since,
        hours=tuple(Hour(start, **found) for start, found in counted.items()),
        waiting=pending["n"],
        waiting_since=pending["oldest"],
        degraded=told["n"],
        failed=told["failed"],
    )


def _allowed(since: datetime) -> list[tuple[datetime, str, int]]:
    rows = Tally.objects.filter(created_at__gte=since).annotate(hour=TruncHour("created_at"))
    return [(hour, "allow", n) for hour, n in rows.values("hour").annotate(n=Sum("count")).values_list("hour", "n")]


def _stopped(since: datetime) -> QuerySet[Any, tuple[datetime, str, int]]:
    rows = Scan.objects.filter(pk__gte=first_id(since)).exclude(verdict__in=["", "allow"])
    rows = rows.annotate(hour=TruncHour("created_at"))
    return rows.values("hour", "verdict").annotate(n=Count("pk")).order_by().values_list("hour", "verdict", "n")


def _add(counted: dict[datetime, dict[str, int]], rows: Any) -> None:
    for hour, verdict, n in rows:
        if hour in counted:
            counted[hour][verdict] = counted[hour].get(verdict, 0) + n
