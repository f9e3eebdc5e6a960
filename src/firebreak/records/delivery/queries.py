"""What pages and programs ask about deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
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
    keys: tuple[EndpointKey, ...]
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
    """Return every endpoint with the keys that sign and how many deliveries are on their way and given up."""
    return _states(Endpoint.objects.existing())


def endpoint_state(id_: UUID) -> EndpointState:
    """Return the same of one endpoint. Raises NotFound."""
    return _states([endpoint(id_)])[0]


def _states(endpoints: Iterable[Endpoint]) -> list[EndpointState]:
    listed = list(endpoints)
    rows = (
        Delivery.objects.filter(endpoint__in=listed, state__in=[State.PENDING, State.DEAD])
        .order_by()
        .values_list("endpoint_id")
        .annotate(pending=Count("pk", filter=Q(state=State.PENDING)), dead=Count("pk", filter=Q(state=State.DEAD)))
    )
    counted = {endpoint: (pending, dead) for endpoint, pending, dead in rows}
    return [EndpointState(each, tuple(signing_keys(each)), *counted.get(each.pk, (0, 0))) for each in listed]


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
    before: UUID | None = None,
) -> QuerySet[Delivery]:
    """Return deliveries with their events and endpoints, the newest first, narrowed by what is given.

    Ids sort by their making, so `before` names the last one that was seen.
    """
    given: dict[str, Any] = {
        "endpoint": endpoint,
        "state": state,
        "event__type": event,
        "event__account": account,
        "pk__lt": before,
    }
    chosen = {name: value for name, value in given.items() if value}
    return Delivery.objects.select_related("event", "endpoint").filter(**chosen).order_by("-pk")


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
