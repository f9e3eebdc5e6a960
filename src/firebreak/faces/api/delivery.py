"""Routes: endpoints, their keys, and what was delivered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from firebreak.faces.api.delivery_schemas import (
    DeliveriesOut,
    DeliveryFilter,
    DeliveryOut,
    DeliveryWithAttempts,
    EndpointChange,
    EndpointIn,
    EndpointMade,
    EndpointOut,
    EndpointsOut,
    KeyIn,
    KeyMade,
    ReplayedOut,
)
from firebreak.records.delivery import operations, queries
from firebreak.records.delivery.models import KeyKind
from firebreak.records.staff.bearer import caller, requires
from firebreak.records.staff.permissions import Permission

router = Router()

_READ: Final = requires(Permission.DELIVERY_READ)
_WRITE: Final = requires(Permission.DELIVERY_WRITE)


@router.get("/endpoints", auth=_READ, response=EndpointsOut, operation_id="list_endpoints", summary="List endpoints")
def list_endpoints(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Answer every endpoint, and how it is doing."""
    return {"endpoints": [EndpointOut.of(state) for state in queries.endpoint_states()]}


@router.post(
    "/endpoints", auth=_WRITE, response={201: EndpointMade}, operation_id="create_endpoint", summary="Add an endpoint"
)
def create_endpoint(request: HttpRequest, body: EndpointIn) -> Status[EndpointMade]:
    """Add an address that events are delivered to. `key` verifies them; a shared secret is shown only now."""
    endpoint, key = operations.create_endpoint(
        body.url,
        actor=caller(request).actor,
        description=body.description,
        events=body.events,
        kind=KeyKind(body.key),
    )
    return Status(201, EndpointMade.made(queries.endpoint_state(endpoint.pk), key))


@router.get(
    "/endpoints/{uuid:id}", auth=_READ, response=EndpointOut, operation_id="read_endpoint", summary="Read an endpoint"
)
def read_endpoint(request: HttpRequest, id: UUID) -> EndpointOut:  # noqa: A002, ARG001 - the address names it so
    """Answer an endpoint, and how it is doing."""
    return EndpointOut.of(queries.endpoint_state(id))


@router.patch(
    "/endpoints/{uuid:id}",
    auth=_WRITE,
    response=EndpointOut,
    operation_id="change_endpoint",
    summary="Change, disable or enable an endpoint",
)
def change_endpoint(request: HttpRequest, id: UUID, body: EndpointChange) -> EndpointOut:  # noqa: A002
    """Change what is sent. Disabled, it gets nothing new, and what is on its way waits."""
    actor = caller(request).actor
    given = body.model_dump(include={"url", "description", "events"}, exclude_none=True)
    if given:
        operations.change_endpoint(id, actor=actor, **given)
    if body.enabled is True:
        operations.enable_endpoint(id, actor=actor)
    if body.enabled is False:
        operations.disable_endpoint(id, actor=actor, reason=body.reason)
    return EndpointOut.of(queries.endpoint_state(id))


@router.delete(
    "/endpoints/{uuid:id}",
    auth=_WRITE,
    response={204: None},
    operation_id="delete_endpoint",
    summary="Delete an endpoint",
)
def delete_endpoint(request: HttpRequest, id: UUID) -> Status[None]:  # noqa: A002
    """Delete an endpoint and its keys for good. What is on its way to it is given up."""
    operations.delete_endpoint(id, actor=caller(request).actor)
    return Status(204, None)


@router.post(
    "/endpoints/{uuid:id}/test",
    auth=_WRITE,
    response={202: DeliveryOut},
    operation_id="send_test",
    summary="Send a test event",
)
def send_test(request: HttpRequest, id: UUID) -> Status[DeliveryOut]:  # noqa: A002
    """Put a harmless `endpoint.test` on its way; read the delivery to see what came of it."""
    made = operations.send_test(id, actor=caller(request).actor)
    return Status(202, DeliveryOut.of(queries.delivery(made.pk)))


@router.post(
    "/endpoints/{uuid:id}/keys",
    auth=_WRITE,
    response={201: KeyMade},
    operation_id="rotate_key",
    summary="Make a new key",
)
def rotate_key(request: HttpRequest, id: UUID, body: KeyIn) -> Status[KeyMade]:  # noqa: A002
    """Make a new key; the present ones sign beside it for `overlap` seconds."""
    made = operations.rotate_key(
        id, actor=caller(request).actor, kind=KeyKind(body.kind), overlap=timedelta(seconds=body.overlap)
    )
    return Status(201, KeyMade.made(made))


@router.post(
    "/endpoints/{uuid:id}/replay",
    auth=_WRITE,
    response={202: ReplayedOut},
    operation_id="replay_endpoint",
    summary="Send again all that was given up",
)
def replay_endpoint(request: HttpRequest, id: UUID) -> Status[dict[str, int]]:  # noqa: A002
    """Put on its way once more all that was given up for an endpoint."""
    return Status(202, {"deliveries": operations.replay_dead(id, actor=caller(request).actor)})


@router.get(
    "/deliveries", auth=_READ, response=DeliveriesOut, operation_id="list_deliveries", summary="List deliveries"
)
def list_deliveries(request: HttpRequest, chosen: Query[DeliveryFilter]) -> dict[str, Any]:  # noqa: ARG001
    """Answer deliveries, the newest first. For those after, send `next` as `before`."""
    found = queries.deliveries(
        endpoint=chosen.endpoint,
        state=chosen.state or "",
        event=chosen.event or "",
        account=chosen.account or "",
        before=chosen.before,
    )
    page = list(found[: chosen.limit + 1])
    shown = page[: chosen.limit]
    return {
        "deliveries": [DeliveryOut.of(each) for each in shown],
        "next": shown[-1].pk if len(page) > chosen.limit else None,
    }


@router.get(
    "/deliveries/{uuid:id}",
    auth=_READ,
    response=DeliveryWithAttempts,
    operation_id="read_delivery",
    summary="Read a delivery",
)
def read_delivery(request: HttpRequest, id: UUID) -> DeliveryWithAttempts:  # noqa: A002, ARG001
    """Answer a delivery with what was sent and every attempt."""
    delivery = queries.delivery(id)
    return DeliveryWithAttempts.with_attempts(delivery, queries.attempts(delivery))


@router.post(
    "/deliveries/{uuid:id}/replay",
    auth=_WRITE,
    response={202: DeliveryOut},
    operation_id="replay_delivery",
    summary="Send a delivery again",
)
def replay_delivery(request: HttpRequest, id: UUID) -> Status[DeliveryOut]:  # noqa: A002
    """Put a delivery on its way once more, from the first try on. Its `webhook-id` stays."""
    operations.replay(id, actor=caller(request).actor)
    return Status(202, DeliveryOut.of(queries.delivery(id)))
