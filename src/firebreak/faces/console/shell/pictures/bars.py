"""Bars: a distance against its limit, and counts by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from firebreak.faces.console.shell.pictures.frame import box, picture, place, text

BAR_WIDTH: Final = 400
HOURS_WIDTH, HOURS_HEIGHT = 240, 56


def distance_bar(distance: int, limit: int) -> SafeString:
    """Draw how many bits differ, against how many may. Random pictures differ in 128 of 256."""
    most = max(2 * limit, distance, 1)
    at, end = BAR_WIDTH * distance / most, BAR_WIDTH * limit / most
    said = _("%(n)s of 256 bits differ; up to %(limit)s match") % {"n": distance, "limit": limit}
    parts = [
        box(0, 8, BAR_WIDTH, 12, "line"),
        box(0, 8, at, 12, "segment" if distance <= limit else "bar"),
        format_html('<line class="limit" x1="{}" x2="{}" y1="2" y2="26"/>', place(end), place(end)),
        text(min(end + 5, BAR_WIDTH - 20), 38, str(limit), kind="faint"),
        text(max(at - 4, 0), 38, str(distance), anchor="start" if at < 20 else "end"),
    ]
    return picture(BAR_WIDTH, 42, said, parts)


def hours(counts: Sequence[int], kind: str, said: str) -> SafeString:
    """Draw counts by the hour, the newest last, scaled to the highest of them."""
    most = max(*counts, 1)
    step = HOURS_WIDTH / len(counts)
    parts = [
        format_html('<line class="grid" x1="0" x2="{}" y1="{}" y2="{}"/>', HOURS_WIDTH, HOURS_HEIGHT, HOURS_HEIGHT)
    ]
    for number, count in enumerate(counts):
        height = max(HOURS_HEIGHT * count / most, 2.0) if count else 0.0
        parts.append(box(number * step + 1, HOURS_HEIGHT - height, step - 2, height, kind, round_=1))
    return picture(HOURS_WIDTH, HOURS_HEIGHT + 1, said, parts)
