"""Tags and filters for times, ids, verdicts and numbers, so that each looks the same on every page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy

from firebreak.faces.console.shell.icons import ICONS, SHAPES
from firebreak.records.common import clock, ids
from firebreak.records.staff.permissions import Permission

register = template.Library()
NOTHING: Final = "\N{EN DASH}"

# State -> (shape, tone, word). Tones are the four meanings that colours have.
STATES: Final = {
    "block": ("block", "ember", pgettext_lazy("verdict", "Block")),
    "hold": ("hold", "amber", pgettext_lazy("verdict", "Hold")),
    "review": ("review", "amber", pgettext_lazy("verdict", "Review")),
    "allow": ("allow", "plain", pgettext_lazy("verdict", "Allow")),
    "pending": ("wait", "amber", gettext_lazy("Waiting")),
    "waiting": ("wait", "amber", gettext_lazy("Waiting")),
    "running": ("wait", "amber", gettext_lazy("Running")),
    "done": ("good", "plain", gettext_lazy("Done")),
    "failed": ("bad", "ember", gettext_lazy("Failed")),
    "dead": ("bad", "ember", gettext_lazy("Given up")),
    "delivered": ("good", "green", gettext_lazy("Delivered")),
    "on": ("good", "plain", gettext_lazy("In use")),
    "off": ("off", "plain", gettext_lazy("Disabled")),
    "removed": ("off", "plain", gettext_lazy("Removed")),
    "verified": ("good", "green", gettext_lazy("Verified")),
    "expired": ("off", "plain", gettext_lazy("Expired")),
    "revoked": ("off", "plain", gettext_lazy("Revoked")),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>', ICONS[name]
    )


@register.simple_tag
def state(name: str, word: str = "") -> SafeString:
    """Show a state as a shape, a colour and a word; `word` stands in for the usual one."""
    shape, tone, usual = STATES.get(str(name), ("allow", "plain", str(name)))
    return format_html(
        '<span class="state {}"><svg viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
        "{}</span>",
        tone,
        SHAPES[shape],
        word or usual,
    )


@register.simple_tag
def when(at: datetime | None, absent: str = "") -> SafeString:
    """Show a time as how long ago, with the exact local time beside it."""
    if at is None:
        return format_html('<span class="muted">{}</span>', absent or gettext("never"))
    local = timezone.localtime(at)
    return format_html(
        '<time class="when" datetime="{}"><span>{}</span> <small>{}</small></time>',
        at.isoformat(),
        relative(at),
        date_format(local, "j M Y" if _far(at) else "j M Y, H:i"),
    )


def _far(at: datetime) -> bool:
    return abs(clock.now() - at) > timedelta(days=400)


def relative(at: datetime) -> str:
    """Say in words how far a time is from now."""
    seconds = (clock.now() - at).total_seconds()
    if -1 < seconds < 5:
        return gettext("just now")
    said = duration(float(round(abs(seconds))), parts=1)
    return gettext("%(span)s ago") % {"span": said} if seconds > 0 else gettext("in %(span)s") % {"span": said}


@register.filter
def duration(seconds: float | timedelta | None, parts: int = 2) -> str:
    """Say a span as `4 min 12 s`: its largest unit and the next."""
    if seconds is None:
        return NOTHING
    left = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    if left < 1:
        return gettext("%(n)s ms") % {"n": round(left * 1000)}
    return " ".join(_spans(left)[:parts])


def _spans(seconds: float) -> list[str]:
    if seconds < 60:
        whole = round(seconds, 1)
        return [gettext("%(n)s s") % {"n": int(whole) if whole == int(whole) else whole}]
    said = []
    left = int(seconds)
    for length, unit in ((86400, _days), (3600, _hours), (60, _minutes), (1, _seconds)):
        count, left = divmod(left, length)
        if count:
            said.append(unit(count))
    return said


def _days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def _hours(n: int) -> str:
    return gettext("%(n)s h") % {"n": n}


def _minutes(n: int) -> str:
    return gettext("%(n)s min") % {"n": n}


def _seconds(n: int) -> str:
    return gettext("%(n)s s") % {"n": n}


@register.filter
def short_id(value: UUID | str | None) -> str:
    if value is None:
        return NOTHING
    return ids.short(value if isinstance(value, UUID) else UUID(str(value)))


@register.simple_tag
def copyable(value: object, shown: str = "") -> SafeString:
    """Show something that a click copies whole; what is shown may be shorter."""
    return format_html(
        '<button type="button" class="copy" data-copy="{}" aria-label="{}"><bdi><code>{}</code></bdi></button>',
        value,
        gettext("Copy %(what)s") % {"what": shown or value},
        shown or value,
    )


@register.filter
def percent(value: float | None) -> str:
    """Show a confidence or share, left to right. What rounds to 100 % without being it says so."""
    if value is None:
        return NOTHING
    said = "> 99.9 %" if 0.9995 <= value < 1 else f"{value * 100:.1f} %"
    return format_html('<bdi dir="ltr">{}</bdi>', said)


@register.filter
def seconds(value: float | None) -> str:
    """Show a place in a video as minutes and seconds."""
    if value is None:
        return NOTHING
    minutes, rest = divmod(value, 60)
    return f"{int(minutes)}:{rest:04.1f}"


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def keeping(context: template.Context, **changes: object) -> str:
    """Return this page's query with some values changed, so that filters survive paging."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def svg(picture: str) -> SafeString:
    """Put in a picture that `pictures` drew, which escapes what it is given."""
    return mark_safe(picture)  # noqa: S308 - made by our own drawing code


@register.filter
def may(user: Any, permission: str) -> bool:
    """Tell whether someone may do something, so that a page offers only what they can do."""
    return bool(user.may(Permission(permission)))


@register.filter
def hex(value: bytes | memoryview[int] | None) -> str:  # noqa: A001 - its name in templates
    return bytes(value).hex() if value is not None else NOTHING


@register.filter
def subject(value: str) -> str:
    """Shorten the ids of a ledger's subject such as `bank:<id>`."""
    return ":".join(_shortened(part) for part in value.split(":"))


def _shortened(part: str) -> str:
    try:
        return ids.short(UUID(part))
    except ValueError:
        return part


@register.filter
def thousands(value: int | None) -> str:
    """Write a count with narrow spaces between its thousands."""
    return NOTHING if value is None else f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
