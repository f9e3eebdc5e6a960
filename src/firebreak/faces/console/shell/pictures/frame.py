"""What all pictures share."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


def picture(width: int, height: int, alternative: str, parts: Iterable[SafeString]) -> SafeString:
    """Put parts together to a picture that screen readers read as `alternative`."""
    return format_html(
        '<svg class="picture" viewBox="0 0 {} {}" role="img" aria-label="{}" direction="ltr">{}</svg>',
        width,
        height,
        alternative,
        joined(parts),
    )


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Join what is safe already."""
    return mark_safe("".join(parts))  # noqa: S308 - every part came out of format_html


def text(x: float, y: float, said: str, *, anchor: str = "start", kind: str = "") -> SafeString:
    """Write a label."""
    return format_html(
        '<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>', place(x), place(y), anchor, kind, said
    )


def box(x: float, y: float, width: float, height: float, kind: str, *, round_: float = 2) -> SafeString:
    """Draw a filled rectangle, at least a pixel wide where it is anything."""
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="{}" class="{}"/>',
        place(x),
        place(y),
        place(width),
        place(height),
        round_,
        kind,
    )


def place(value: float) -> str:
    """Write a coordinate, whatever the reader's language writes numbers like."""
    return f"{value:.1f}"
