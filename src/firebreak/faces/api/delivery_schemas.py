"""What the routes of delivery take and answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from firebreak.records.delivery.events import EVENT_TYPES
from firebreak.records.delivery.models import Attempt, Delivery
from firebreak.records.delivery.operations import MadeKey
from firebreak.records.delivery.queries import EndpointState

MOST_A_PAGE: Final = 200
_NAMES: Final = ", ".join(f"`{name}`" for name in EVENT_TYPES)


def _plain(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("must not hold control characters")
    return value


_Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_plain)]
_Name = Annotated[str, StringConstraints(max_length=255), AfterValidator(_plain)]
_Url = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_plain)]
_Events = Annotated[list[str], Field(max_length=50, description=f"Of {_NAMES}; none means all")]
_Kind = Literal["v1", "v1a"]
_KIND: Final = "`v1`: a shared secret (HMAC-SHA256); `v1a`: a key pair (Ed25519), of which you get the public half"


class EndpointIn(Schema):
    """A new endpoint."""

    model_config = ConfigDict(extra="forbid")

    url: _Url = Field(..., description="https, on the public internet unless a setting allows more")
    description: _Text = ""
    events: _Events = Field(default_factory=list)
    key: _Kind = Field("v1", description=_KIND)


class EndpointChange(Schema):
    """What is to be another; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: _Url | None = None
    description: _Text | None = None
    events: _Events | None = None
    enabled: bool | None = None
    reason: _Text = Field("", description="Why it is disabled")


class KeyOut(Schema):
    """A key that signs."""

    id: UUID
    kind: _Kind
    public: str | None = Field(..., description="What verifies, where it is a key pair")
    created_at: datetime
    active_until: datetime | None = Field(..., description="When it stops signing; null: not planned")


class EndpointOut(Schema):
    """An endpoint, and how it is doing."""

    id: UUID
    url: str
    description: str
    events: list[str]
    state: Literal["working", "failing", "disabled", "unused"]
    disabled_reason: str | None
    failing_since: datetime | None
    delivered_at: datetime | None = Field(..., description="When something arrived there last")
    pending: int = Field(..., description="Deliveries that are on their way")
    dead: int = Field(..., description="Deliveries that were given up")
    keys: list[KeyOut]
    created_at: datetime

    @classmethod
    def of(cls, state: EndpointState) -> Self:
        """Tell of an endpoint."""
        return cls(**cls.told(state))

    @staticmethod
    def told(state: EndpointState) -> dict[str, Any]:
        """Return the fields."""
        endpoint = state.endpoint
        return {
            "id": endpoint.pk,
            "url": endpoint.url,
            "description": endpoint.description,
            "events": endpoint.events,
            "state": state.word,
            "disabled_reason": endpoint.disabled_reason or None,
            "failing_since": endpoint.failing_since,
            "delivered_at": endpoint.delivered_at,
            "pending": state.pending,
            "dead": state.dead,
            "keys": [
                {
                    "id": key.pk,
                    "kind": key.kind,
                    "public": key.public or None,
                    "created_at": key.created_at,
                    "active_until": key.active_until,
                }
                for key in state.keys
            ],
            "created_at": endpoint.created_at,
        }


class EndpointsOut(Schema):
    """Every endpoint, the oldest first."""

    endpoints: list[EndpointOut]


class KeyIn(Schema):
    """A new key."""

    model_config = ConfigDict(extra="forbid")

    kind: _Kind = Field("v1", description=_KIND)
    overlap: int = Field(86_400, ge=0, le=30 * 86_400, description="Seconds for which the present keys sign as well")


class KeyMade(Schema):
    """A new key. Keep `secret`: a shared secret is not shown again."""

    id: UUID
    kind: _Kind
    secret: str = Field(..., description="What verifies: `whsec_...` or `whpk_...`")

    @classmethod
    def made(cls, key: MadeKey) -> Self:
        """Show a key."""
        return cls(id=key.key.pk, kind=key.key.kind, secret=key.secret)  # type: ignore[arg-type]


class EndpointMade(EndpointOut):
    """A new endpoint with its first key."""

    key: KeyMade

    @classmethod
    def made(cls, state: EndpointState, key: MadeKey) -> Self:
        """Tell of a new endpoint."""
        return cls(**cls.told(state), key=KeyMade.made(key))


class DeliveryFilter(Schema):
    """Which deliveries are asked for."""

    endpoint: UUID | None = None
    state: Literal["pending", "delivered", "dead"] | None = None
    event: _Name | None = Field(None, description="A type of event")
    account: _Name | None = Field(None, description="Your id of the account that the event is about")
    before: UUID | None = Field(None, description="Those made before this one")
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)


class DeliveryOut(Schema):
    """One event on its way to one endpoint."""

    id: UUID
    event_id: UUID = Field(..., description="The `webhook-id`")
    event: str
    account: str | None
    endpoint_id: UUID
    state: Literal["pending", "delivered", "dead"]
    urgent: bool
    tries: int
    next_try_at: datetime | None
    status: int | None = Field(..., description="What was answered last")
    error: str | None = Field(..., description="What went wrong last")
    created_at: datetime
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Tell of a delivery whose event is loaded."""
        return cls(**cls.told(delivery))

    @staticmethod
    def told(delivery: Delivery) -> dict[str, Any]:
        """Return the fields."""
        return {
            "id": delivery.pk,
            "event_id": delivery.event_id,
            "event": delivery.event.type,
            "account": delivery.event.account or None,
            "endpoint_id": delivery.endpoint_id,
            "state": delivery.state,
            "urgent": delivery.urgent,
            "tries": delivery.tries,
            "next_try_at": delivery.due_at if delivery.state == "pending" else None,
            "status": delivery.status,
            "error": delivery.error or None,
            "created_at": delivery.created_at,
            "delivered_at": delivery.delivered_at,
        }


class AttemptOut(Schema):
    """One request, and what came of it."""

    at: datetime
    status: int | None
    milliseconds: int
    error: str | None
    answer: str | None = Field(..., description="The first 500 characters")


class DeliveryWithAttempts(DeliveryOut):
    """A delivery with what was sent and every attempt, the first first."""

    data: dict[str, Any]
    attempts: list[AttemptOut]

    @classmethod
    def with_attempts(cls, delivery: Delivery, attempts: Iterable[Attempt]) -> Self:
        """Tell of a delivery and its attempts."""
        told = [
            {
                "at": attempt.at,
                "status": attempt.status,
                "milliseconds": attempt.milliseconds,
                "error": attempt.error or None,
                "answer": attempt.answer or None,
            }
            for attempt in attempts
        ]
        return cls(**cls.told(delivery), data=delivery.event.data, attempts=told)  # type: ignore[arg-type]


class DeliveriesOut(Schema):
    """A page of deliveries."""

    deliveries: list[DeliveryOut]
    next: UUID | None = Field(..., description="Send it as `before` for the page after; null: there is none")


class ReplayedOut(Schema):
    """How many deliveries are on their way again."""

    deliveries: int
