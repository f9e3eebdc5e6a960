"""A run of codes within an index: columns, keys, what was removed and, once it is settled, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.matching.cost import scan_cost
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.multi_index import Tables
from firebreak.engine.matching.scan import BLOCK, scan
from firebreak.engine.matching.sorted_tables import SortedTables

# Work is not split finer than this (ns): handing it to a thread costs about a tenth.
_SHARE: Final = 1e6


class Segment:
    """Codes in the order of their keys, or of their tables if these are sorted; with room for more up to a capacity."""

    def __init__(
        self,
        columns: NDArray[np.uint64],
        keys: NDArray[np.uint32],
        size: int,
        tables: Tables | SortedTables | None = None,
    ) -> None:
        self._columns = columns  # (words, capacity)
        self._keys = keys  # (capacity,)
        self._size = size
        self._removed = np.zeros(0, np.uint8)  # a bit a code, made at the first removal
        self._tables = tables
        self._rank = tables.rank if isinstance(tables, SortedTables) else None
        self.live = size

    @classmethod
    def empty(cls, words: int, capacity: int) -> Segment:
        return cls(np.empty((words, capacity), np.uint64), np.empty(capacity, np.uint32), 0)

    @property
    def room(self) -> int:
        return len(self._keys) - self._size

    @property
    def keys(self) -> NDArray[np.uint32]:
        return self._keys[: self._size]

    @property
    def columns(self) -> NDArray[np.uint64]:
        return self._columns[:, : self._size]

    @property
    def tables(self) -> Tables | SortedTables | None:
        return self._tables

    @property
    def nbytes(self) -> int:
        tables = self._tables.nbytes if self._tables else 0
        return self._columns.nbytes + self._keys.nbytes + self._removed.nbytes + tables

    def append(self, codes: NDArray[np.uint64], keys: NDArray[np.uint32]) -> None:
        """Add codes `(n, words)`, for which there must be room. A search under way does not see them."""
        end = self._size + len(keys)
        self._columns[:, self._size : end] = codes.T
        self._keys[self._size : end] = keys
        self.live += len(keys)
        self._size = end

    def find(self, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the position of each key, none beyond the last, and -1 where it is not among the live ones."""
        position = self._place(keys)
        found = self.keys[position] == keys
        if len(self._removed):
            found &= (self._removed[position >> 3] >> (position & 7).astype(np.uint8)) & 1 == 0
        return np.where(found, position, -1)

    def remove(self, positions: NDArray[np.int64]) -> None:
        """Mark live codes, each named once, as removed."""
        if not len(self._removed):
            self._removed = np.zeros(-(-len(self._keys) // 8), np.uint8)
        np.bitwise_or.at(self._removed, positions >> 3, np.uint8(1) << (positions & 7).astype(np.uint8))
        self.live -= len(positions)

    def kept(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Return columns and keys of the live codes, in the order of the keys."""
        if self.live == self._size and self._rank is None:
            return self.columns, self.keys
        order = np.arange(self._size) if self._rank is None else self._rank
        if self.live < self._size:
            gone = np.unpackbits(self._removed, count=self._size, bitorder="little").astype(bool)
            order = order[~gone[order]]
        return self.columns[:, order], self.keys[order]

    def bounds(self) -> tuple[int, int]:
        """Return the lowest key and the highest."""
        first, last = self._rank[[0, -1]] if self._rank is not None else (0, -1)
        return int(self.keys[first]), int(self.keys[last])

    def _place(self, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the position of the first key that is no lower than each of the given ones."""
        if self._rank is None:
            return np.searchsorted(self.keys, keys)
        low, high = np.zeros(len(keys), np.int64), np.full(len(keys), self._size)
        while (low < high).any():
            middle = (low + high) // 2
            lower = self.keys[self._rank[np.minimum(middle, self._size - 1)]] < keys
            low, high = np.where(lower & (low < high), middle + 1, low), np.where(lower, high, middle)
        return self._rank[np.minimum(low, self._size - 1)].astype(np.int64)

    def searches(
        self, queries: NDArray[np.uint64], radius: int, limit: int | None, threads: int
    ) -> Iterator[Callable[[], list[Hits]]]:
        """Choose how to search; return it as calls that can run side by side, each giving its hits."""
        scanning = scan_cost(self._size, len(queries), len(self._columns), radius)
        tables, looking = self._tables, self._tables.cost(len(queries), radius) if self._tables else scanning
        data = self._columns, self._keys, self._removed
        if tables and looking < scanning:
            for part in _parts(len(queries), 1, looking, threads):
                yield partial(_run, partial(tables.search, *data), part, queries, radius, limit)
        else:
            for part in _parts(self._size, BLOCK, scanning, threads):
                yield partial(_run, partial(scan, *data), part, queries, radius, limit)


def _run(
    search: Callable[..., None], part: range, queries: NDArray[np.uint64], radius: int, limit: int | None
) -> list[Hits]:
    into = HitBuffer(len(queries), limit)
    search(part, queries, radius, into)
    return into.parts


def _parts(total: int, unit: int, cost: float, threads: int) -> Iterator[range]:
    """Cut `total` into at most `threads` even parts, multiples of `unit` long and each worth a thread."""
    count = max(1, min(threads, int(cost / _SHARE)))
    step = max(unit, -(-total // (count * unit)) * unit)
    return (range(start, min(start + step, total)) for start in range(0, total, step))
