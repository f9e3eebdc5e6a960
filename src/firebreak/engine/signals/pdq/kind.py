"""PDQ as a kind of signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from firebreak.engine.errors import SignalError
from firebreak.engine.media.source import MediaSource
from firebreak.engine.signals.kind import Comparison, MediaKind
from firebreak.engine.signals.pdq.code import from_hex, to_hex
from firebreak.engine.signals.pdq.hashing import hash_luma

# The radius that PDQ's authors recommend; pictures that are not copies of each other lie about 128 bits apart.
RADIUS: Final = 31


class PDQ:
    """The PDQ code of a still, as 64 hexadecimal digits; the distance is in bits, 0 to 256.

    The quality is no part of the signal: of pictures with a quality under 50 even strangers match, so ask
    `hash_luma` for it before you trust a match.
    """

    name: Final = "pdq"
    title: Final = "PDQ perceptual hash of a still: finds re-encoded, resized and slightly edited copies"
    threshold: Final = RADIUS
    media: Final = "image"

    def parse(self, text: str) -> str:
        return to_hex(from_hex(text))

    def compare(self, a: str, b: str) -> Comparison:
        distance = int(np.bitwise_count(from_hex(a) ^ from_hex(b)).sum())
        return Comparison(matched=distance <= RADIUS, distance=distance)

    def examples(self) -> Sequence[str]:
        """Return the codes that the reference implementation documents for its test picture and its mirror image."""
        return (
            "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22",
            "8dad2599b1a1bd1853625f6553da32a1e63b7280c2374b4866b366c91bc9ce77",
        )

    def hash_media(self, source: MediaSource) -> str:
        """Return the code of the first picture."""
        for frame in source.frames():
            code, _ = hash_luma(frame.luma, frame.black, frame.white)
            return to_hex(code)
        raise SignalError("the file shows no picture", "PDQ is for stills; hash a file that has one")


KIND: MediaKind = PDQ()
