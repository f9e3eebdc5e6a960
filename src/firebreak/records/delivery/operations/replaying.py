"""Sending again what did not arrive, or arrived and got lost there."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, NotFound
from firebreak.records.delivery.models import Delivery, Endpoint, State
from firebreak.records.delivery.operations.publishing import wake_up
from firebreak.records.ledger.operations import record


def replay(id_: UUID, *, actor: Actor) -> Delivery:
    """Put a delivery on its way once more, from the first try on; the `webhook-id` stays.

    Raises NotFound, and Conflict where it is on its way anyway, or the endpoint is disabled or deleted.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").filter(pk=id_).first()
        if delivery is None:
            raise NotFound("there is no such delivery", "it may have been pruned; list those there are")
        _check(delivery.endpoint)
        if delivery.state == State.PENDING and delivery.due_at <= now():
            raise Conflict("this delivery is on its way", "wait for it")
        _restart(delivery)
        record("delivery.replay", actor=actor, subject=f"delivery:{id_}", payload={"event": str(delivery.event_id)})
    return delivery


def replay_dead(endpoint_id: UUID, *, actor: Actor) -> int:
    """Put on its way once more all that was given up for an endpoint; returns how many. Raises as `replay`."""
    with transaction.atomic():
        endpoint = Endpoint.objects.existing().select_for_update(no_key=True).filter(pk=endpoint_id).first()
        if endpoint is None:
            raise NotFound("there is no such endpoint", "list those there are")
        _check(endpoint)
        dead = Delivery.objects.filter(endpoint=endpoint, state=State.DEAD)
        count = dead.update(state=State.PENDING, tries=0, due_at=now(), claimed_until=None)
        for urgent in (True, False):
            wake_up(endpoint.pk, urgent=urgent)
        record("endpoint.replay-dead", actor=actor, subject=f"endpoint:{endpoint_id}", payload={"deliveries": count})
    return count


def _check(endpoint: Endpoint) -> None:
    if endpoint.deleted_at is not None:
        raise Conflict("the endpoint was deleted", "nothing can be delivered there")
    if endpoint.disabled_at is not None:
        raise Conflict("the endpoint is disabled", "enable it first")


def _restart(delivery: Delivery) -> None:
    delivery.state, delivery.tries, delivery.due_at = State.PENDING, 0, now()
    delivery.save(update_fields=["state", "tries", "due_at"])
    wake_up(delivery.endpoint_id, urgent=delivery.urgent)
