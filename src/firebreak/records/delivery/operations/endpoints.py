"""Endpoints and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, Invalid, NotFound
from firebreak.records.delivery.events import EVENT_TYPES, TEST
from firebreak.records.delivery.guard import guard
from firebreak.records.delivery.models import Delivery, Endpoint, EndpointKey, Event, KeyKind, State
from firebreak.records.delivery.operations.publishing import send_to, wake_up
from firebreak.records.delivery.sealing import seal
from firebreak.records.delivery.signing import new_key
from firebreak.records.ledger.operations import record

OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=30)
DELETED: Final = "the endpoint was deleted"


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key. `secret` is what the receiver needs to verify: shown now, never again where it is a shared secret."""

    key: EndpointKey
    secret: str = field(repr=False)


def create_endpoint(
    url: str,
    *,
    actor: Actor,
    description: str = "",
    events: Sequence[str] = (),
    kind: KeyKind = KeyKind.HMAC,
) -> tuple[Endpoint, MadeKey]:
    """Add an address that events are delivered to, with its first key. Raises AddressRefused and Invalid."""
    guard().check(url)
    endpoint = Endpoint(url=url.strip(), description=description, events=_known(events))
    with transaction.atomic():
        endpoint.save(force_insert=True)
        key = _add_key(endpoint, kind)
        shown = {"url": endpoint.url, "events": endpoint.events, "key": str(key.key.pk), "kind": kind.value}
        _record("endpoint.create", endpoint, actor, shown)
    return endpoint, key


def change_endpoint(
    id_: UUID,
    *,
    actor: Actor,
    url: str | None = None,
    description: str | None = None,
    events: Sequence[str] | None = None,
) -> Endpoint:
    """Change what is given. Raises NotFound, AddressRefused and Invalid."""
    if url is not None:
        guard().check(url)
    given = {
        "url": None if url is None else url.strip(),
        "description": description,
        "events": None if events is None else _known(events),
    }
    changed = {name: value for name, value in given.items() if value is not None}
    with transaction.atomic():
        endpoint = _locked(id_)
        for name, value in changed.items():
            setattr(endpoint, name, value)
        endpoint.save(update_fields=list(changed))
        _record("endpoint.change", endpoint, actor, changed)
    return endpoint


def disable_endpoint(id_: UUID, *, actor: Actor, reason: str = "") -> Endpoint:
    """Stop delivering. What is on its way waits; what happens from now on is not sent there. Raises NotFound."""
    with transaction.atomic():
        return disable(_locked(id_), actor=actor, reason=reason)


def disable(endpoint: Endpoint, *, actor: Actor, reason: str) -> Endpoint:
    """Do it to an endpoint that the transaction has locked."""
    if endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_reason = now(), reason[:500]
        endpoint.save(update_fields=["disabled_at", "disabled_reason"])
        _record("endpoint.disable", endpoint, actor, {"reason": endpoint.disabled_reason})
    return endpoint


def enable_endpoint(id_: UUID, *, actor: Actor) -> Endpoint:
    """Deliver again, first what was on its way. Raises NotFound."""
    with transaction.atomic():
        endpoint = _locked(id_)
        if endpoint.disabled_at is not None:
            endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since = None, "", None
            endpoint.save(update_fields=["disabled_at", "disabled_reason", "failing_since"])
            _record("endpoint.enable", endpoint, actor, {})
            for urgent in (True, False):
                wake_up(endpoint.pk, urgent=urgent)
    return endpoint


def delete_endpoint(id_: UUID, *, actor: Actor) -> None:
    """Remove an endpoint and its keys for good. What is on its way to it is given up. Raises NotFound."""
    with transaction.atomic():
        endpoint = _locked(id_)
        endpoint.deleted_at = now()
        endpoint.save(update_fields=["deleted_at"])
        endpoint.keys.all().delete()
        pending = Delivery.objects.filter(endpoint=endpoint, state=State.PENDING)
        given_up = pending.update(state=State.DEAD, error=DELETED, claimed_until=None)
        _record("endpoint.delete", endpoint, actor, {"url": endpoint.url, "given_up": given_up})


def rotate_key(id_: UUID, *, actor: Actor, kind: KeyKind = KeyKind.HMAC, overlap: timedelta = OVERLAP) -> MadeKey:
    """Add a key; those there are sign beside it for `overlap`, so that the receiver can change over in its own time.

    Raises NotFound, and Invalid for an overlap under none or over 30 days.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid("keys can overlap for 0 seconds to 30 days", "choose a time between", field="overlap")
    with transaction.atomic():
        endpoint = _locked(id_)
        until = now() + overlap
        endpoint.keys.filter(active_until=None).update(active_until=until)
        endpoint.keys.filter(active_until__gt=until).update(active_until=until)
        made = _add_key(endpoint, kind)
        shown = {"key": str(made.key.pk), "kind": kind.value, "others_until": until.isoformat()}
        _record("endpoint.rotate-key", endpoint, actor, shown)
    return made


def send_test(id_: UUID, *, actor: Actor) -> Delivery:
    """Send a harmless event to one endpoint, whatever it is subscribed to. Raises NotFound, Conflict if disabled."""
    with transaction.atomic():
        endpoint = _locked(id_)
        if endpoint.disabled_at is not None:
            raise Conflict("this endpoint is disabled", "enable it first")
        event = Event.objects.create(type=TEST, data={"message": "If you can read this, deliveries arrive."})
        delivery = send_to(event, [endpoint.pk])[0]
        _record("endpoint.test", endpoint, actor, {"event": str(event.pk)})
    return delivery


def _locked(id_: UUID) -> Endpoint:
    endpoint = Endpoint.objects.existing().select_for_update(no_key=True).filter(pk=id_).first()
    if endpoint is None:
        raise NotFound("there is no such endpoint", "list those there are")
    return endpoint


def _known(events: Sequence[str]) -> list[str]:
    unknown = sorted(set(events) - set(EVENT_TYPES))
    if unknown:
        raise Invalid(f"{unknown[0]!r} is no type of event", f"use {', '.join(EVENT_TYPES)}", field="events")
    return sorted(set(events))


def _add_key(endpoint: Endpoint, kind: KeyKind) -> MadeKey:
    key = new_key(kind)
    kept = EndpointKey.objects.create(endpoint=endpoint, kind=kind, sealed=seal(key.secret), public=key.public)
    return MadeKey(kept, key.public or key.secret)


def _record(action: str, endpoint: Endpoint, actor: Actor, payload: Mapping[str, Any]) -> None:
    record(action, actor=actor, subject=f"endpoint:{endpoint.pk}", payload=payload)
