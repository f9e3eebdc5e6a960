"""Multi-index hashing: exact search that looks only at codes which agree with the query on some stretch of bits.

Cut codes into m stretches. When a code lies within radius r = m * f + a (a < m) of a query, then one of the first
a + 1 stretches differs in at most f bits or one of the others in at most f - 1: so it is enough to look up, stretch
by stretch, every value near the query's. M. Norouzi, A. Punjani, D. Fleet, "Fast search in Hamming space with
multi-index hashing", 2012.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching.buckets import SPAN, fill, look_up
from firebreak.engine.matching.cost import ANYWHERE, flips_allowed, probes, scan_cost, table_cost
from firebreak.engine.matching.hits import HitBuffer

_MOST_TABLES: Final = 32
_WIDTHS: Final = range(8, 27)
_FEWEST_CODES: Final = 1 << 16  # below, a scan takes microseconds
_BATCH: Final = 32  # queries; where a scan is at its cheapest, tables must still be worth their memory


@dataclass(frozen=True, slots=True)
class Plan:
    """How many tables, over stretches of how many bits each."""

    tables: int
    width: int


def best_plan(codes: int, words: int, spare: float) -> Plan | None:
    """Return the plan that answers the widest radius, up to 1/8 of the bits, faster than a scan would.

    `spare` is how many bytes a code the tables may take. None when no plan is worth it.
    """
    if codes < _FEWEST_CODES:
        return None
    usual = words * 8 - 1  # 31 of 256 bits, the customary radius of PDQ
    best: tuple[int, float] = (-1, 0.0)
    chosen = None
    for tables in range(1, _MOST_TABLES + 1):
        for width in _WIDTHS:
            if width > words * 64 // tables or tables * _table_bytes(codes, width) > spare * codes:
                break
            reach, cost = _reach(Plan(tables, width), codes, words, usual)
            if (reach, -cost) > best:
                best, chosen = (reach, -cost), Plan(tables, width)
    return chosen


def _table_bytes(codes: int, width: int) -> int:
    return 3 * codes + 4 * _spans(codes) * ((1 << width) + 1)


def _spans(codes: int) -> int:
    return -(-codes // SPAN)


def _reach(plan: Plan, codes: int, words: int, most: int) -> tuple[int, float]:
    """Return the widest radius for which a plan beats a scan, -1 for none, and its cost (ns) there."""
    spans = _spans(codes)
    load = codes / spans / (1 << plan.width)
    for radius in range(most, -1, -1):
        looks = [(spans * probes(plan.width, flips), load) for flips in flips_allowed(radius, plan.tables)]
        cost = table_cost(codes, _BATCH, looks, ANYWHERE)
        if cost < scan_cost(codes, _BATCH, words, radius, ANYWHERE):
            return radius, cost
    return -1, 0.0


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables over codes that do not change any more."""

    starts: NDArray[np.uint32]  # (tables, spans, buckets + 1)
    entries: NDArray[np.uint8]  # (tables, n, 3)
    load: NDArray[np.float64]  # (tables,): how many codes of a span share a bucket, as a code sees it

    @classmethod
    def build(cls, columns: NDArray[np.uint64], plan: Plan) -> Tables:
        """Make the tables of all codes; `columns` has shape `(words, n)`."""
        n = columns.shape[1]
        starts = np.empty((plan.tables, _spans(n), (1 << plan.width) + 1), np.uint32)
        entries = np.empty((plan.tables, n, 3), np.uint8)
        load = [fill(columns, t, plan.tables, starts[t], entries[t]) for t in range(plan.tables)]
        return cls(starts, entries, np.array(load))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], codes: int, words: int) -> Tables | None:
        """Take up stored tables, None if there are none. Raises IndexFileError when they do not fit the codes."""
        if "table_starts" not in arrays:
            return None
        try:
            starts, entries, load = (arrays[name] for name in ("table_starts", "table_entries", "table_load"))
            tables, _, bounds = starts.shape
        except (KeyError, ValueError) as error:
            raise IndexFileError("the index lacks part of its tables", "build it anew") from error
        width = (bounds - 1).bit_length() - 1
        shapes = (tables, _spans(codes), (1 << width) + 1), (tables, codes, 3), (tables,)
        types = np.dtype(np.uint32), np.dtype(np.uint8), np.dtype(np.float64)
        if (
            not codes
            or not tables
            or (starts.shape, entries.shape, load.shape) != shapes
            or (starts.dtype, entries.dtype, load.dtype) != types
            or not 1 <= width <= words * 64 // tables
        ):
            raise IndexFileError("the tables of the index do not fit its codes", "build it anew")
        return cls(starts, entries, load)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"table_starts": self.starts, "table_entries": self.entries, "table_load": self.load}

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.entries.nbytes + self.load.nbytes

    def cost(self, queries: int, radius: int) -> float:
        """Return the time (ns) that a search would take."""
        probed = (self.starts.shape[1] * probes for probes in self._probes(radius))
        looks = list(zip(probed, self.load.tolist(), strict=True))
        return table_cost(self.entries.shape[1], queries, looks)

    def _flips(self, radius: int) -> list[int]:
        return flips_allowed(radius, len(self.starts))

    def _probes(self, radius: int) -> list[int]:
        width = (self.starts.shape[2] - 1).bit_length() - 1
        return [probes(width, flips) for flips in self._flips(radius)]

    def search(
        self,
        columns: NDArray[np.uint64],
        keys: NDArray[np.uint32],
        removed: NDArray[np.uint8],
        part: range,
        queries: NDArray[np.uint64],
        radius: int,
        into: HitBuffer,
    ) -> None:
        """Find all codes within `radius` bits of those queries whose rows are in `part`; otherwise as `scan`."""
        flips = np.array(self._flips(radius), np.int64)
        count = np.array(self._probes(radius), np.int64)
        resume = np.array([part.start], np.int64)
        while resume[0] < part.stop:
            before = resume[0]
            hits = look_up(
                *(columns, keys, removed, self.starts, self.entries, flips, count),
                *(queries, part.stop, radius, resume, into.query, into.key, into.distance),
            )
            into.drain(hits)
            if resume[0] == before:
                into.grow()
