"""Temporal alignment: from single matched frames to stretches of a query that replay a stretch of a reference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.matching.voting import best_line

# A frame belongs to a line when it lies this near to it (s): half a keyframe shift plus the sampling step.
TOLERANCE: Final = 0.5
# A stretch ends where this many usable samples over this many seconds follow the line no more. Fast motion can hide
# a copy for some seconds, and what follows on the same line belongs to it.
BREAK_SAMPLES: Final = 3
BREAK_SECONDS: Final = 8.0
# Speed is fitted only from enough frames over enough seconds; below that the voted speed stands.
FIT_FRAMES: Final = 5
FIT_SECONDS: Final = 4.0
# A fitted speed that strays less than this (s) from normal speed over the whole stretch is normal speed.
UNIT_DRIFT: Final = 0.3
# To leave normal speed, a fit has to win this many frames.
GROWTH: Final = 1.1
MAX_STRETCHES: Final = 64


@dataclass(frozen=True, slots=True)
class FrameMatches:
    """Matches between frames of one query and frames of one reference, in one orientation.

    All arrays have shape `(n,)`. `sample` numbers the query's frames; times are in seconds, distances in bits.
    """

    sample: NDArray[np.int64]
    query: NDArray[np.float64]
    reference: NDArray[np.float64]
    distance: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sample)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> FrameMatches:
        return FrameMatches(self.sample[which], self.query[which], self.reference[which], self.distance[which])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames that agree on one line `reference = speed * query + offset`, in time order, one a query sample."""

    speed: float
    offset: float
    matches: FrameMatches

    @property
    def score(self) -> float:
        """How much agrees: near frames count more, each at most 1."""
        return float(np.sum(weights(self.matches.distance)))


def weights(distance: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weight of each match, 1 at distance 0 and 0 at 128, where unrelated pictures lie."""
    return np.maximum(0.0, 1.0 - distance / 128.0)


def align(matches: FrameMatches, samples: NDArray[np.float64]) -> list[Stretch]:
    """Return the stretches that explain `matches`, the strongest line first.

    `samples` holds the times (s) of all query frames that could have matched; a stretch is cut where several of
    them in a row do not follow. Every query frame serves at most one stretch.
    """
    order = np.lexsort((matches.distance, matches.sample))
    left = matches.take(order)
    found: list[Stretch] = []
    while len(left) and len(found) < MAX_STRETCHES:
        speed, members = _strongest_line(left)
        runs = interrupted(members, samples)
        found.extend(_stretch(run, speed) for run in runs)
        left = left.take(~np.isin(left.sample, members.sample))
    return found


def _strongest_line(matches: FrameMatches) -> tuple[float, FrameMatches]:
    speed, offset = best_line(matches.sample, matches.query, matches.reference, weights(matches.distance))
    members = _near(matches, speed, offset)
    if not len(members):  # the edge of a bin can lie a rounding error outside the tolerance
        members = matches.take(np.array([0]))
    for _ in range(4):
        fitted = _fit(members, speed)
        grown = _near(matches, *fitted)
        needed = GROWTH if speed == 1.0 != fitted[0] else 1.0
        if len(grown) < needed * len(members):
            break
        speed, settled, members = fitted[0], len(grown) == len(members), grown
        if settled:
            break
    return speed, members


def _near(matches: FrameMatches, speed: float, offset: float) -> FrameMatches:
    """Return, for every query frame, its best match near the line: the likest picture, then the best placed."""
    residual = np.abs(matches.reference - (speed * matches.query + offset))
    near = np.flatnonzero(residual <= TOLERANCE)
    order = near[np.lexsort((residual[near], matches.distance[near], matches.sample[near]))]
    _, first = np.unique(matches.sample[order], return_index=True)
    return matches.take(order[first])


def _fit(members: FrameMatches, speed: float) -> tuple[float, float]:
    """Fit the line by least squares, weighted by nearness of the pictures."""
    weight = weights(members.distance) + 1e-6
    span = float(np.ptp(members.query))
    if len(members) >= FIT_FRAMES and span >= FIT_SECONDS:
        spread = members.query - np.average(members.query, weights=weight)
        slope = float(np.sum(weight * spread * members.reference) / np.sum(weight * spread**2))
        speed = 1.0 if abs(slope - 1.0) * span <= UNIT_DRIFT else float(np.clip(slope, 0.5, 2.0))
    return speed, _offset(members, speed)


def _offset(members: FrameMatches, speed: float) -> float:
    weight = weights(members.distance) + 1e-6
    return float(np.average(members.reference - speed * members.query, weights=weight))


def interrupted(members: FrameMatches, samples: NDArray[np.float64]) -> list[FrameMatches]:
    """Cut where the query's own samples say that the copy was interrupted; `members` are in time order."""
    times = members.query
    position = np.searchsorted(samples, times)
    missed = np.diff(position) - 1
    breaks = np.flatnonzero((missed >= BREAK_SAMPLES) & (np.diff(times) >= BREAK_SECONDS)) + 1
    bounds = [0, *breaks.tolist(), len(members)]
    return [members.take(np.arange(a, b)) for a, b in pairwise(bounds)]


def _stretch(run: FrameMatches, speed: float) -> Stretch:
    """Settle the offset on this run alone, so that a neighbour on the same line cannot pull it."""
    return Stretch(speed, _offset(run, speed), run)
