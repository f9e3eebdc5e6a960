"""Multi-index hashing over sorted codes: fewer bytes and fewer cache misses for the customary radius.

Codes are cut into stretches of 32 bits, a table each. They are kept in the order of the first stretch, so that its
table needs no postings; a posting of the others repeats so much of its stretch that nearly all of a bucket is ruled out
without a look at the codes. Which stretches are looked up how far is as in `multi_index`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching.cost import ANYWHERE, HERE, Processor, flips_allowed, posting_cost, probes, scan_cost
from firebreak.engine.matching.hits import HitBuffer
from firebreak.engine.matching.postings import CODES_AT_ONCE, POSTING, ROOM, STRETCH, fill, look_up_sorted

_MOST_CODES: Final = 1 << 24  # 8 bits of a posting are left for the remainder then
_FEWEST_CODES: Final = 1 << 16
_WIDTHS: Final = range(8, 25)
_LEAST_LOAD: Final = 12  # codes in a bucket: with fewer, finding the buckets costs more than there is to filter
_QUERIES: Final = 32  # where a scan is at its cheapest, tables must still be worth their memory


def best_width(codes: int, words: int, spare: float) -> int | None:
    """Return how wide buckets should be for the customary radius if tables may take `spare` bytes a code.

    None when sorted tables are impossible or no faster than a scan.
    """
    if codes < _FEWEST_CODES:
        return None
    full = [w for w in _WIDTHS if fits(codes, words, w) and codes >> w >= _LEAST_LOAD]
    fitting = [w for w in full if _table_bytes(codes, words, w) <= spare * codes]
    usual = words * 8 - 1  # 31 of 256 bits, the customary radius of PDQ
    width = min(fitting, key=lambda width: cost(codes, words, width, usual, ANYWHERE), default=None)
    if width is None:
        return None
    looking = _QUERIES * cost(codes, words, width, usual, ANYWHERE)
    return width if looking <= scan_cost(codes, _QUERIES, words, usual, ANYWHERE) else None


def fits(codes: int, words: int, width: int) -> bool:
    """Tell whether a posting has room for a position and a remainder, and `near` may read behind the last code."""
    return words > 1 and CODES_AT_ONCE <= codes <= _MOST_CODES and 1 <= width <= STRETCH - remainder(codes)


def remainder(codes: int) -> int:
    """Return how many bits of a posting are free for the stretch it comes from."""
    return POSTING - max(16, (codes - 1).bit_length())


def _table_bytes(codes: int, words: int, width: int) -> int:
    tables = 2 * words
    return 4 * tables * ((1 << width) + 1) + 4 * (tables - 1) * (codes + ROOM) + 4 * codes


@lru_cache(maxsize=1024)
def cost(codes: int, words: int, width: int, radius: int, processor: Processor = HERE) -> float:
    """Return the time (ns) that a query would take."""
    known = width + remainder(codes)
    flips = flips_allowed(radius, 2 * words)
    buckets = sum(probes(width, most) for most in flips)
    candidates = sum(probes(known, most) for most in flips) * codes / (1 << known)
    return posting_cost(buckets, codes / (1 << width), candidates, processor)


@lru_cache(maxsize=64)
def probing(tables: int, width: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]:
    """Return for each table how far stretches may differ and how many buckets to open, and by which patterns of bits.

    The patterns are in order of the number of bits set.
    """
    flips = flips_allowed(radius, tables)
    count = [probes(width, most) for most in flips]
    values = np.arange(1 << width, dtype=np.uint32)
    patterns = values[np.argsort(np.bitwise_count(values), kind="stable")[: max(count)]]
    return np.array(flips), np.array(count), patterns


@dataclass(frozen=True, slots=True)
class SortedTables:
    """Tables over codes that are in the order of the first table and do not change any more."""

    starts: NDArray[np.uint32]  # (tables, buckets + 1)
    high: NDArray[np.uint16]  # (tables - 1, n + ROOM)
    low: NDArray[np.uint16]  # (tables - 1, n + ROOM)
    rank: NDArray[np.uint32]  # (n,): where the codes are in the order of their keys

    @classmethod
    def build(
        cls, columns: NDArray[np.uint64], keys: NDArray[np.uint32], width: int
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint32], Self]:
        """Return the codes `(words, n)` and their increasing keys `(n,)` in another order, and tables of them."""
        tables, n = 2 * len(columns), len(keys)
        order = np.argsort(columns[0] & np.uint64((1 << width + remainder(n)) - 1), kind="stable")
        columns, keys = np.take(columns, order, axis=1), keys[order]
        rank = np.empty(n, np.uint32)
        rank[order] = np.arange(n, dtype=np.uint32)
        starts = np.empty((tables, (1 << width) + 1), np.uint32)
        high, low = np.zeros((2, tables - 1, n + ROOM), np.uint16)
        for table in range(tables):  # the first needs no postings: it writes where the second will
            place = max(table - 1, 0)
            fill(columns, table, width, remainder(n), starts[table], high[place], low[place])
        return columns, keys, cls(starts, high, low, rank)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], codes: int, words: int) -> Self | None:
        """Take up stored tables, None if there are none. Raises IndexFileError when they do not fit the codes."""
        if "table_rank" not in arrays:
            return None
        try:
            starts, high, low, rank = (arrays[f"table_{name}"] for name in ("starts", "high", "low", "rank"))
        except KeyError as error:
            raise IndexFileError(f"the index lacks its {error}", "build it anew") from error
        width = (starts.size // max(len(starts), 1) - 1).bit_length() - 1 if starts.ndim else 0
        tables, postings = 2 * words, (2 * words - 1, codes + ROOM)
        shapes = (tables, (1 << max(width, 0)) + 1), postings, postings, (codes,)
        types = np.dtype(np.uint32), np.dtype(np.uint16), np.dtype(np.uint16), np.dtype(np.uint32)
        if (
            (starts.shape, high.shape, low.shape, rank.shape) != shapes
            or (starts.dtype, high.dtype, low.dtype, rank.dtype) != types
            or not fits(codes, words, width)
            or (rank >= codes).any()
        ):
            raise IndexFileError("the sorted tables of the index do not fit its codes", "build it anew")
        return cls(starts, high, low, rank)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"table_starts": self.starts, "table_high": self.high, "table_low": self.low, "table_rank": self.rank}

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.arrays().values())

    def cost(self, queries: int, radius: int) -> float:
        """Return the time (ns) that a search would take."""
        return queries * cost(len(self.rank), len(self.starts) // 2, self._width, radius)

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
        look = self.starts, self.high, self.low, remainder(len(keys)), *probing(len(self.starts), self._width, radius)
        asked, resume = queries[part.start : part.stop], np.zeros(2, np.int64)
        while resume[0] < len(self.starts):
            before = resume.copy()
            hits = look_up_sorted(
                *(columns, keys, removed, *look, asked, part.start, radius, resume),
                *(into.query, into.key, into.distance),
            )
            into.drain(hits)
            if (resume == before).all():
                into.grow()

    @property
    def _width(self) -> int:
        return int(self.starts.shape[1] - 1).bit_length() - 1
