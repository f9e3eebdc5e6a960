"""A picture's code, as what it is: 16 x 16 signs of its coarse frequencies."""

from __future__ import annotations

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from firebreak.faces.console.shell.pictures.frame import picture

SIDE: Final = 16


def code_pattern(code: bytes, other: bytes | None = None) -> SafeString:
    """Draw a PDQ code; where `other` differs, in the colour of difference."""
    differing = [a ^ b for a, b in zip(code, other, strict=True)] if other else [0] * len(code)
    same = _path(bytes(a & ~d for a, d in zip(code, differing, strict=True)))
    differs = _path(bytes(differing))
    bits = sum(each.bit_count() for each in differing)
    said = _("The code of a picture, 16 by 16 signs")
    if other:
        said = _("The code of a picture, 16 by 16 signs, of which %(n)s differ") % {"n": bits}
    parts = [format_html('<path class="on" d="{}"/>', same), format_html('<path class="other" d="{}"/>', differs)]
    return picture(SIDE, SIDE, said, parts)


def _path(code: bytes) -> str:
    """Return a path of one square a set bit, the first bit at the top left."""
    bits = int.from_bytes(code, "big")
    last = SIDE * SIDE - 1
    set_ = (n for n in range(SIDE * SIDE) if bits >> (last - n) & 1)
    return "".join(f"M{n % SIDE} {n // SIDE}h1v1h-1z" for n in set_)
