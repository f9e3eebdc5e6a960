"""The types of events there are: the one list. Each is explained, with its fields, in docs/reference/webhooks.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event. `urgent` ones have a lane and a schedule of their own: harm goes on until they arrive."""

    name: str
    says: StrPromise
    fields: tuple[str, ...]
    urgent: bool = False


_TYPES: Final = (
    EventType(
        "item.remove",
        _("Take an item down."),
        ("content_id", "account_id", "item", "decision", "reason"),
        urgent=True,
    ),
    EventType("item.restore", _("Put an item back."), ("content_id", "account_id", "item", "decision", "reason")),
    EventType(
        "item.hold",
        _("Keep an item from view until it is decided on."),
        ("content_id", "account_id", "item", "decision", "reason"),
        urgent=True,
    ),
    EventType(
        "stream.cut",
        _("End a live stream and do not let it start again."),
        ("stream", "stream_key", "account_id", "decision", "reason"),
        urgent=True,
    ),
    EventType(
        "account.restrict",
        _("Keep an account from doing something."),
        ("account_id", "action", "until", "decision", "reason"),
        urgent=True,
    ),
    EventType("account.lift", _("End a restriction."), ("account_id", "action", "decision", "reason")),
    EventType(
        "scan.completed",
        _("A scan that was answered with 202 is done, or a scan did not end in `allow`."),
        ("scan", "content_id", "account_id", "surface", "verdict", "confidence", "degraded", "error", "findings"),
    ),
    EventType("incident.opened", _("A crisis has begun."), ("incident", "level", "name")),
    EventType("incident.closed", _("A crisis has ended."), ("incident", "name")),
    EventType("endpoint.test", _("Somebody wants to see whether this arrives."), ("message",)),
)

EVENT_TYPES: Final[Mapping[str, EventType]] = MappingProxyType({each.name: each for each in _TYPES})

TEST: Final = "endpoint.test"
