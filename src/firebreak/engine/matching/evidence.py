"""How sure a finding is. Stated rules, not yet a model fitted on data: see docs/why/confidence.md.

Evidence is counted in decades: `confidence = 1 - 10 ** -evidence`. One decade is "one wrong in ten".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Pictures further apart than this are not taken for one another. PDQ's documentation matches at 31; unrelated
# frames were never seen nearer than 84 in 0.8 million pairs.
MATCH_RADIUS: Final = 48
# Frames of one shot say the same thing: only a frame this different from the last counted one counts again.
DISTINCT: Final = 31
# No rule of thumb is surer than one wrong in ten thousand.
MOST: Final = 4.0

# Distances, and the evidence at them. Of two stills: one match is all there can be.
_STILL = ((0.0, 10.0, 31.0, 40.0, 48.0), (4.0, 3.0, 2.0, 1.0, 0.5))
# A still and one frame of a video have nothing but each other, and a video has frames that mean little by themselves.
# However near they are, that is for people to judge: it stays under what blocks.
_LONE_FRAME = 1.9
# One frame of a video, where a true copy brings several that agree on time.
_FRAME = ((0.0, 16.0, 31.0, 48.0), (1.0, 0.9, 0.6, 0.2))


def confidence(evidence: float) -> float:
    """Turn decades of evidence into a probability that the finding is right."""
    return float(1.0 - 10.0 ** -min(max(evidence, 0.0), MOST))


def still_evidence(distance: int) -> float:
    """Return the evidence of two stills that lie `distance` bits apart."""
    return float(np.interp(distance, *_STILL))


def lone_frame_evidence(distance: int) -> float:
    """Return the evidence of a still and one frame of a video that lie `distance` bits apart."""
    return min(still_evidence(distance), _LONE_FRAME)


def stretch_evidence(distance: NDArray[np.int64], codes: NDArray[np.uint64]) -> float:
    """Return the evidence of frames that agree on one line in time.

    `distance` has shape `(n,)`; `codes` shape `(n, words)` holds the query's codes in time order: frames that
    repeat the picture before them add nothing.
    """
    each = np.interp(distance, *_FRAME)
    total, best, last = 0.0, 0.0, None
    for code, weight in zip(codes, each, strict=True):
        if last is not None and np.bitwise_count(code ^ last).sum() <= DISTINCT:
            best = max(best, weight)
            continue
        total, best, last = total + best, weight, code
    return float(total + best)
