"""Taking what is due, and noting what came of it.

The table of deliveries is the queue; a job only wakes a worker for one endpoint. A worker claims one delivery after
another until nothing is due, so a claim that is refused needs no waiting: whoever holds the endpoint's claims looks
once more after letting go of the last. A claim runs out by itself, for workers that die.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import models, transaction
from django.db.models import Q

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import now
from firebreak.records.delivery import schedule
from firebreak.records.delivery.models import Attempt, Delivery, Endpoint, State
from firebreak.records.delivery.operations.endpoints import disable
from firebreak.records.delivery.operations.publishing import wake_up

AT_ONCE: Final = 2
"""Requests under way to one endpoint in one lane, so that a slow one cannot hold every worker."""
STRUGGLING_AT_ONCE: Final = 2
"""Requests under way to all failing endpoints together, in one lane: however many there are, the others do not wait."""
LEASE: Final = timedelta(seconds=20)
"""More than a request can last, and soon over where a worker died."""
FORGOTTEN: Final = timedelta(seconds=10)
GONE: Final = 410
_ASKS_TO_WAIT: Final = frozenset({429, 503})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: a status, or an error where there was no answer."""

    milliseconds: int
    status: int | None = None
    error: str = ""
    answer: str = ""
    asked_for: timedelta | None = None

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def claim(endpoint_id: UUID, *, urgent: bool) -> Delivery | None:
    """Take the delivery to an endpoint that has been due for longest; None where none is, or others see to it."""
    at = now()
    with transaction.atomic():
        endpoint = Endpoint.objects.enabled().select_for_update(no_key=True).filter(pk=endpoint_id).first()
        if endpoint is None or not _has_room(endpoint, at, urgent=urgent):
            return None
        delivery = (
            _unclaimed(at)
            .filter(endpoint=endpoint, urgent=urgent, due_at__lte=at)
            .select_for_update(skip_locked=True)
            .order_by("due_at", "created_at")
            .first()
        )
        if delivery is None:
            return None
        delivery.claimed_until = at + LEASE
        delivery.save(update_fields=["claimed_until"])
        delivery.endpoint = endpoint
    return delivery


def record_attempt(claimed: Delivery, outcome: Outcome) -> Delivery:
    """Note what came of a delivery; plan the next try, or give it up. 410 disables the endpoint."""
    at = now()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=claimed.endpoint_id)
        delivery = Delivery.objects.select_for_update().get(pk=claimed.pk)
        _note(delivery, outcome, at)
        if delivery.state == State.PENDING:
            _settle(delivery, outcome, at)
        delivery.claimed_until = None
        delivery.save()
        _mark(endpoint, outcome, at)
    return delivery


def wake_forgotten() -> int:
    """Wake a worker for every endpoint where something has been due for a while; returns for how many.

    That is what a worker that died left behind, and failing endpoints that found no room.
    """
    at = now()
    due = _unclaimed(at).filter(due_at__lte=at - FORGOTTEN, endpoint__disabled_at=None, endpoint__deleted_at=None)
    with transaction.atomic():
        lanes = list(due.order_by().values_list("endpoint_id", "urgent").distinct())
        for endpoint, urgent in lanes:
            wake_up(endpoint, urgent=urgent)
    return len(lanes)


def _unclaimed(at: datetime) -> models.QuerySet[Delivery]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=at)
    return Delivery.objects.filter(free, state=State.PENDING)


def _has_room(endpoint: Endpoint, at: datetime, *, urgent: bool) -> bool:
    under_way = Delivery.objects.filter(claimed_until__gt=at, urgent=urgent)
    if under_way.filter(endpoint=endpoint).count() >= AT_ONCE:
        return False
    if endpoint.failing_since is None:
        return True
    return under_way.filter(endpoint__failing_since__isnull=False).count() < STRUGGLING_AT_ONCE


def _note(delivery: Delivery, outcome: Outcome, at: datetime) -> None:
    Attempt.objects.create(
        delivery=delivery,
        at=at,
        status=outcome.status,
        milliseconds=outcome.milliseconds,
        error=outcome.error[:500],
        answer=outcome.answer[:500],
    )


def _settle(delivery: Delivery, outcome: Outcome, at: datetime) -> None:
    delivery.tries += 1
    delivery.status, delivery.error = outcome.status, outcome.error[:500]
    if outcome.arrived:
        delivery.state, delivery.delivered_at = State.DELIVERED, at
        return
    asked_for = outcome.asked_for if outcome.status in _ASKS_TO_WAIT else None
    wait = schedule.delay(delivery.tries, urgent=delivery.urgent, asked_for=asked_for)
    if wait is None:
        delivery.state = State.DEAD
        _log.error("delivery given up", delivery=str(delivery.pk), endpoint=str(delivery.endpoint_id))
        return
    delivery.due_at = at + wait
    wake_up(delivery.endpoint_id, urgent=delivery.urgent, at=delivery.due_at)
    if delivery.urgent and at - delivery.created_at >= schedule.URGENT_LATE:
        _log.error("urgent delivery is late", delivery=str(delivery.pk), endpoint=str(delivery.endpoint_id))


def _mark(endpoint: Endpoint, outcome: Outcome, at: datetime) -> None:
    if outcome.arrived:
        endpoint.delivered_at, endpoint.failing_since = at, None
    elif endpoint.failing_since is None:
        endpoint.failing_since = at
    endpoint.save(update_fields=["delivered_at", "failing_since"])
    if outcome.status == GONE and endpoint.deleted_at is None:
        disable(endpoint, actor=SYSTEM, reason="the endpoint answered 410 Gone")
