"""How much of one video's pictures another video shows, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.signals.kind import Comparison
from firebreak.engine.signals.pdq.code import Code, codes
from firebreak.engine.signals.vpdq.formats import FrameCode

# As vPDQ has them: pictures under this quality say nothing, and two within this many bits show the same.
MIN_QUALITY: Final = 50
RADIUS: Final = 31
# The share of either video's pictures that makes a match.
SHARE: Final = 0.8

_PAIRS_AT_ONCE: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Shares(Comparison):
    """How much two videos have in common; `distance` is 1 less the larger share.

    The peers do not agree on what makes a match: `tx` asks for 80 % of the query by default, which misses an upload
    that embeds the reference in longer footage, and the example in vPDQ's README for 80 % of the reference, which
    misses a short excerpt. Here either will do. Whoever needs one rule alone finds both shares here.
    """

    query_share: float
    """Share of the query's distinct pictures that the reference shows, 0..1."""
    reference_share: float
    """Share of the reference's distinct pictures that the query shows, 0..1."""


def compare(query: Sequence[FrameCode], reference: Sequence[FrameCode]) -> Shares:
    """Lay two videos side by side. Without a picture of sufficient quality on either side nothing is shared."""
    ours, theirs = _distinct(query), _distinct(reference)
    query_share = reference_share = 0.0
    if len(ours) and len(theirs):
        ours_seen, theirs_seen = _seen(ours, theirs)
        query_share, reference_share = float(ours_seen.mean()), float(theirs_seen.mean())
    share = max(query_share, reference_share)
    return Shares(share >= SHARE, 1 - share, query_share, reference_share)


def _distinct(frames: Sequence[FrameCode]) -> Code:
    """Return the codes worth comparing, each once, shape `(n, 4)`."""
    return codes(list(dict.fromkeys(f.code for f in frames if f.quality >= MIN_QUALITY)))


def _seen(a: Code, b: Code) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each code of `a` whether `b` has one within the radius, and the other way round."""
    seen_a, seen_b = np.zeros(len(a), bool), np.zeros(len(b), bool)
    columns = np.ascontiguousarray(b.T)
    rows = max(1, _PAIRS_AT_ONCE // len(b))
    for begin in range(0, len(a), rows):
        distance = np.zeros((len(a[begin : begin + rows]), len(b)), np.uint16)
        for word, column in enumerate(columns):
            distance += np.bitwise_count(a[begin : begin + rows, word, None] ^ column)
        near = distance <= RADIUS
        seen_a[begin : begin + rows] = near.any(axis=1)
        seen_b |= near.any(axis=0)
    return seen_a, seen_b
