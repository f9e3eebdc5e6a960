"""What pages and programs ask about deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from firebreak.records.common.clock import now
from firebreak.records.common.errors import NotFound
from firebreak.records.delivery.models import Attempt, Delivery, Endpoint, EndpointKey, State
from firebreak.records.delivery.schedule import URGENT_LATE


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint, and how it is doing."""

    endpoint: Endpoint
    pending: int
    dead: int

    @property
    def word(self) -> str:
        """`disabled`, `failing`, `working` or `unused`."""
        if self.endpoint.disabled_at:
            return "disabled"
        if self.endpoint.failing_since:
            return "failing"
        return "working" if self.endpoint.delivered_at else "unused"


def endpoint_states() -> list[EndpointState]:
    """Return every endpoint with how many deliveries are on their way and given up."""
    counted = dict.fromkeys(Endpoint.objects.existing().values_list("pk", flat=True), (0, 0))
    rows = (
        Delivery.objects.exclude(state=State.DELIVERED)
        .order_by()
        .values_list("endpoint_id")
        .annotate(pending=Count("pk", filter=Q(state=State.PENDING)), dead=Count("pk", filter=Q(state=State.DEAD)))
    )
    counted |= {endpoint: (pending, dead) for endpoint, pending, dead in rows}
    return [EndpointState(e, *counted[e.pk]) for e in Endpoint.objects.existing() if e.pk in counted]


def endpoint(id_: UUID) -> Endpoint:
    """Return an endpoint. Raises NotFound."""
    found = Endpoint.objects.existing().filter(pk=id_).first()
    if found is None:
        raise NotFound("there is no such endpoint", "list those there are")
    return found


def signing_keys(of: Endpoint) -> QuerySet[EndpointKey]:
    """Return the keys that sign now, the newest first."""
    return of.keys.filter(Q(active_until=None) | Q(active_until__gt=now()))


def failing_endpoints() -> QuerySet[Endpoint]:
    """Return the enabled endpoints whose last attempt failed, the longest failing first."""
    return Endpoint.objects.enabled().filter(failing_since__isnull=False).order_by("failing_since")


def deliveries(
    *,
    endpoint: UUID | None = None,
    state: str = "",
    event: str = "",
    account: str = "",
    before: datetime | None = None,
) -> QuerySet[Delivery]:
    """Return deliveries with their events and endpoints, the newest first, narrowed by what is given."""
    given: dict[str, Any] = {
        "endpoint": endpoint,
        "state": state,
        "event__type": event,
        "event__account": account,
        "created_at__lt": before,
    }
    chosen = {name: value for name, value in given.items() if value}
    return Delivery.objects.select_related("event", "endpoint").filter(**chosen).order_by("-created_at", "-pk")


def delivery(id_: UUID) -> Delivery:
    """Return a delivery with its event and endpoint. Raises NotFound."""
    found = Delivery.objects.select_related("event", "endpoint").filter(pk=id_).first()
    if found is None:
        raise NotFound("there is no such delivery", "it may have been pruned; list those there are")
    return found


def attempts(of: Delivery) -> QuerySet[Attempt]:
    """Return every attempt at a delivery, the first first."""
    return of.attempts.order_by("at", "pk")


def late_urgent() -> QuerySet[Delivery]:
    """Return what ends harm and has not arrived within a minute: somebody has to see to it by hand."""
    late = Delivery.objects.filter(urgent=True, created_at__lte=now() - URGENT_LATE)
    return late.exclude(state=State.DELIVERED).exclude(endpoint__deleted_at__isnull=False)


def oldest_due() -> timedelta | None:
    """Return for how long the oldest delivery has been waiting for a worker; None where none waits."""
    at = now()
    waiting = Delivery.objects.filter(state=State.PENDING, due_at__lte=at, endpoint__disabled_at=None)
    first = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    return at - first if first else None
