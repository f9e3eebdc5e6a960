"""The vote behind an alignment: which line reference = speed * query + offset do most frames agree on?"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

# From half to double speed in steps of 2 %, 1.0 exactly among them.
SPEEDS: NDArray[np.float64] = np.exp2(np.arange(-35, 36) / 35.0)
# Votes fall into bins this wide (s), each overlapping the next by half.
BIN = 1.0
# Nearly all copies run at normal speed, and pictures that stand still fit any: another speed has to explain this
# much more, and the further from normal (per octave) the more.
OTHER_SPEED = 0.85
SPEED_PENALTY = 0.05


@njit("Tuple((f8, i8, f8))(i8[::1], f8[::1], f8[::1], f8[::1], f8[::1], f8[::1])", cache=True, nogil=True)
def _best_line(
    frame: NDArray[np.int64],
    query: NDArray[np.float64],
    reference: NDArray[np.float64],
    weight: NDArray[np.float64],
    speeds: NDArray[np.float64],
    trust: NDArray[np.float64],
) -> tuple[float, int, float]:  # pragma: no cover - compiled
    half = BIN / 2
    best_score, best_speed, best_offset = 0.0, 0, 0.0
    for s in range(speeds.shape[0]):
        speed = speeds[s]
        low = math.inf
        high = -math.inf
        for p in range(frame.shape[0]):
            offset = reference[p] - speed * query[p]
            low = min(low, offset)
            high = max(high, offset)
        bins = int((high - low) / half) + 2
        score = np.zeros(bins, np.float64)
        voter = np.full(bins, -1, np.int64)
        for p in range(frame.shape[0]):
            # Bin b covers [low + (b - 1) * half, low + (b + 1) * half): a vote counts in two of them.
            upper = int((reference[p] - speed * query[p] - low) / half) + 1
            for b in (upper - 1, upper):
                if b < bins and voter[b] != frame[p]:
                    voter[b] = frame[p]
                    score[b] += weight[p] * trust[s]
        winner = int(np.argmax(score))
        if score[winner] > best_score:
            best_score, best_speed, best_offset = score[winner], s, low + winner * half
    return best_score, best_speed, best_offset


def best_line(
    frame: NDArray[np.int64],
    query: NDArray[np.float64],
    reference: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> tuple[float, float]:
    """Return `(speed, offset)` of the line that gathers the most weight, one vote a query frame and bin.

    All arrays have shape `(n,)`; points are sorted by `frame` and, within a frame, best first. Times in seconds.
    A Hough transform over (speed, offset); Duda and Hart, "Use of the Hough transformation to detect lines and
    curves in pictures", 1972.
    """
    octaves = np.abs(np.log2(SPEEDS))
    trust = np.where(octaves == 0.0, 1.0, OTHER_SPEED - SPEED_PENALTY * octaves)
    _, speed, offset = _best_line(frame, query, reference, weight, SPEEDS, trust)
    return float(SPEEDS[speed]), float(offset)


def compile_kernels() -> None:
    """Compile what this module needs: its signature is given, so that importing it was enough."""
