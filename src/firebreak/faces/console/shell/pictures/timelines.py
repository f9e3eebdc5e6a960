"""Two time-lines, the upload's above and the reference's below, with the stretches that match joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from firebreak.faces.console.shell.pictures.frame import box, picture, place, text

WIDTH: Final = 800
LEFT: Final = 12
TRACK: Final = 22
TOP, BOTTOM = 34, 120
LEAST: Final = 3.0  # so that a moment can be seen


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where something of the upload is something of the reference, in seconds."""

    query: tuple[float, float]
    reference: tuple[float, float]
    speed: float = 1.0
    mirrored: bool = False

    @property
    def remarks(self) -> str:
        """Say what was done to it, if anything."""
        said = [_("mirrored")] if self.mirrored else []
        if abs(self.speed - 1) >= 0.01:
            said.append(_("speed x %(n)s") % {"n": f"{self.speed:.2f}"})
        return ", ".join(said)


def timelines(stretches: Sequence[Stretch], upload: float, reference: float) -> SafeString:
    """Draw both lines; `upload` and `reference` are their lengths (s)."""
    upload = max(upload, *(s.query[1] for s in stretches), 0.1)
    reference = max(reference, *(s.reference[1] for s in stretches), 0.1)
    return picture(WIDTH, 172, _said(stretches), _parts(stretches, upload, reference))


def _parts(stretches: Sequence[Stretch], upload: float, reference: float) -> Iterator[SafeString]:
    width = WIDTH - 2 * LEFT
    yield text(LEFT, TOP - 12, _("Upload"))
    yield text(WIDTH - LEFT, TOP - 12, clock(upload), anchor="end", kind="faint")
    yield text(LEFT, BOTTOM + TRACK + 22, _("Reference"))
    yield text(WIDTH - LEFT, BOTTOM + TRACK + 22, clock(reference), anchor="end", kind="faint")
    yield box(LEFT, TOP, width, TRACK, "line")
    yield box(LEFT, BOTTOM, width, TRACK, "line")
    for each in stretches:
        above = _span(each.query, upload, width)
        below = _span(each.reference, reference, width)
        yield from _joined(each, above, below)


def _joined(each: Stretch, above: tuple[float, float], below: tuple[float, float]) -> Iterator[SafeString]:
    corners = ((above[0], TOP + TRACK), (above[1], TOP + TRACK), (below[1], BOTTOM), (below[0], BOTTOM))
    points = " ".join(f"{place(x)},{place(y)}" for x, y in corners)
    yield format_html('<polygon class="ribbon" points="{}"/>', points)
    if each.mirrored:
        yield format_html('<polygon class="mirrored" points="{}"/>', points)
    yield box(above[0], TOP, above[1] - above[0], TRACK, "segment")
    yield box(below[0], BOTTOM, below[1] - below[0], TRACK, "segment")
    if each.remarks:
        middle = (sum(above) + sum(below)) / 4
        yield text(min(max(middle, 70), WIDTH - 70), (TOP + TRACK + BOTTOM) / 2 + 4, each.remarks, anchor="middle")


def _span(seconds: tuple[float, float], whole: float, width: float) -> tuple[float, float]:
    start, end = (LEFT + width * second / whole for second in seconds)
    if end - start < LEAST:
        start = min(start, LEFT + width - LEAST)
        end = start + LEAST
    return start, end


def _said(stretches: Sequence[Stretch]) -> str:
    told = [
        _("seconds %(a)s to %(b)s of the upload are seconds %(c)s to %(d)s of the reference")
        % {"a": clock(s.query[0]), "b": clock(s.query[1]), "c": clock(s.reference[0]), "d": clock(s.reference[1])}
        + (f" ({s.remarks})" if s.remarks else "")
        for s in stretches
    ]
    return "; ".join(told)


def clock(seconds: float) -> str:
    """Write a place in a video."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"
