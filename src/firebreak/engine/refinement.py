"""Where to look again: around what matched, until a copy's ends are known and the evidence suffices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from firebreak.engine.fingerprint import REFERENCE_STEP
from firebreak.engine.matching.evidence import MOST
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import Candidate

Window = tuple[float, float]

# Pictures this near to one another (s) need none between them.
CLOSE: Final = 2 * REFERENCE_STEP
# What one scan may decode beyond its first look (s): a bound on what a hostile file can cost.
BUDGET: Final = 180.0
ROUNDS: Final = 6


class Refinement:
    """Hands out windows of a query to decode densely, none twice, while the budget lasts."""

    def __init__(self, duration: float | None) -> None:
        self._duration = duration
        self._done: list[Window] = []
        self._budget = BUDGET
        self._rounds = ROUNDS

    def windows(self, found: list[Candidate], pictures: Pictures) -> list[Window]:
        """Return what to look at next, in time order; nothing when all is known that can be."""
        self._rounds -= 1
        if self._rounds < 0:
            return []
        chosen: list[Window] = []
        for candidate in found:
            for window in self._around(candidate, pictures):
                if window not in self._done and self._budget > 0:
                    self._budget -= window[1] - window[0]
                    self._done.append(window)
                    chosen.append(window)
        return list(_joined(sorted(chosen)))

    def _around(self, candidate: Candidate, pictures: Pictures) -> Iterator[Window]:
        query = candidate.stretch.matches.query
        before = pictures.times[pictures.times < query[0]]
        after = pictures.times[pictures.times > query[-1]]
        yield from _wide(float(before[-1]) if len(before) else 0.0, float(query[0]))
        yield from _wide(float(query[-1]), float(after[0]) if len(after) else self._end(float(query[-1])))
        if candidate.evidence < MOST:
            for a, b in pairwise(query.tolist()):
                yield from _wide(a, b)

    def _end(self, last: float) -> float:
        return self._duration if self._duration is not None else last + 10.0


def _wide(start: float, end: float) -> Iterator[Window]:
    if end - start > CLOSE:
        yield (start, end)


def _joined(windows: list[Window]) -> Iterator[Window]:
    """Join windows that touch, so that no keyframe is decoded twice."""
    current: Window | None = None
    for window in windows:
        if current and window[0] <= current[1]:
            current = (current[0], max(current[1], window[1]))
            continue
        if current:
            yield current
        current = window
    if current:
        yield current
