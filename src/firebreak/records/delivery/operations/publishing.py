"""Telling platforms that something happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from firebreak.records.common.clock import now
from firebreak.records.common.jobs import defer_all
from firebreak.records.delivery.events import EVENT_TYPES
from firebreak.records.delivery.models import Delivery, Endpoint, Event

MAX_DATA_BYTES: Final = 20_000
DELIVER: Final = "delivery.deliver"


def publish(event: str, data: Mapping[str, Any], *, account: str | None = None) -> UUID:
    """Put an event on its way to every endpoint that wants it; returns its id, the later `webhook-id`.

    Call it in the transaction of what it tells about: if that is rolled back, nobody is told. `account` is the
    platform's id of the account it is about, to find the event by. Raises ValueError for a type that is not in the
    list and for data over 20,000 bytes of JSON, because receivers of webhooks need not take more.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs in the transaction of what it tells about")
    if event not in EVENT_TYPES:
        raise ValueError(f"{event!r} is no type of event: see records/delivery/events.py")
    if len(json.dumps(data, ensure_ascii=False).encode()) > MAX_DATA_BYTES:
        raise ValueError(f"the data of {event} is over {MAX_DATA_BYTES} bytes: name things by their id instead")
    made = Event.objects.create(type=event, data=data, account=account or "", created_at=now())
    send_to(made, Endpoint.objects.subscribed(event).values_list("pk", flat=True))
    return made.pk


def send_to(event: Event, endpoints: Iterable[UUID]) -> list[Delivery]:
    """Make the deliveries of an event, due at once, and wake a worker for each endpoint."""
    urgent = EVENT_TYPES[event.type].urgent
    deliveries = Delivery.objects.bulk_create(
        Delivery(event=event, endpoint_id=endpoint, urgent=urgent, due_at=event.created_at, created_at=event.created_at)
        for endpoint in endpoints
    )
    defer_all(DELIVER, [_wake(d.endpoint_id, urgent=urgent) for d in deliveries], queue=_lane(urgent=urgent))
    return deliveries


def wake_up(endpoint: UUID, *, urgent: bool, at: datetime | None = None) -> None:
    """Have a worker see to what is due at an endpoint, not before `at`."""
    defer_all(DELIVER, [_wake(endpoint, urgent=urgent)], queue=_lane(urgent=urgent), at=at)


def _wake(endpoint: UUID, *, urgent: bool) -> dict[str, Any]:
    return {"endpoint": str(endpoint), "urgent": urgent}


def _lane(*, urgent: bool) -> str:
    """Return the queue: what ends harm never waits behind news."""
    return "kill" if urgent else "deliver"
