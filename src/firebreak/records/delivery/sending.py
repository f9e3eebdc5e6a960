"""One request: an event as a signed body to an endpoint, and what came of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import perf_counter
from typing import Final

import httpcore
import structlog
from django.db import close_old_connections, connection
from django.db.models import Q

from firebreak.records.common.clock import now
from firebreak.records.delivery import signing
from firebreak.records.delivery.guard import AddressRefused, Answer, Session, told
from firebreak.records.delivery.models import Delivery, Endpoint, Event, KeyKind
from firebreak.records.delivery.operations.attempts import Outcome
from firebreak.records.delivery.schedule import retry_after
from firebreak.records.delivery.sealing import CannotUnseal, unseal

SECONDS: Final = 15.0
ANSWER_BYTES: Final = 2000
ANSWER_CHARACTERS: Final = 500

_log = structlog.get_logger(__name__)


def send(session: Session, delivery: Delivery) -> Outcome:
    """Make one attempt. Whatever goes wrong is an outcome, not an error."""
    at = now()
    body = body_of(delivery.event)
    try:
        headers = signing.headers(delivery.event_id, at, body, keys_of(delivery.endpoint, at))
    except CannotUnseal:
        return Outcome(0, error="the keys of this endpoint were sealed under another secret key: make a new one")
    _let_go_of_the_database()
    began = perf_counter()
    try:
        answer = session.post(
            delivery.endpoint.url,
            body,
            {"content-type": "application/json", **headers},
            seconds=SECONDS,
            most=ANSWER_BYTES,
        )
    except AddressRefused as problem:
        return Outcome(_since(began), error=_clean(str(problem)))
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as problem:
        return Outcome(_since(began), error=_clean(told(problem)))
    except Exception as problem:  # noqa: BLE001 - what were not counted as a try would be tried for ever
        _log.error("delivery broke", delivery=str(delivery.pk), exc_info=problem)
        return Outcome(_since(began), error=f"a mistake inside Firebreak: {type(problem).__name__}")
    return _outcome(answer, _since(began), at)


def body_of(event: Event) -> bytes:
    """Return what is sent: the same bytes at every attempt."""
    stamp = event.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told_ = {"type": event.type, "timestamp": stamp, "data": event.data}
    return json.dumps(told_, ensure_ascii=False, separators=(",", ":")).encode()


def keys_of(endpoint: Endpoint, at: datetime) -> list[signing.SigningKey]:
    """Return the keys that sign now, the newest first. Raises CannotUnseal when none of them can be read."""
    keys: list[signing.SigningKey] = []
    for key in endpoint.keys.filter(Q(active_until=None) | Q(active_until__gt=at)):
        try:
            keys.append(signing.SigningKey(KeyKind(key.kind), unseal(bytes(key.sealed))))
        except CannotUnseal:
            continue  # a newer one may have been made since
    if not keys:
        raise CannotUnseal
    return keys


def _let_go_of_the_database() -> None:
    """Give a shared connection back: who waits for a platform needs none meanwhile."""
    if not connection.in_atomic_block:
        close_old_connections()


def _outcome(answer: Answer, milliseconds: int, at: datetime) -> Outcome:
    if 200 <= answer.status < 300:
        error = ""
    elif 300 <= answer.status < 400:
        error = f"answered {answer.status}: redirects are not followed"
    else:
        error = f"answered {answer.status}"
    return Outcome(
        milliseconds,
        status=answer.status,
        error=error,
        answer=_clean(answer.body.decode(errors="replace")),
        asked_for=retry_after(answer.headers.get("retry-after"), at=at),
    )


def _since(began: float) -> int:
    return round((perf_counter() - began) * 1000)


def _clean(text: str) -> str:
    # PostgreSQL takes no NUL in text, and what a stranger answers may hold one.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:ANSWER_CHARACTERS]
