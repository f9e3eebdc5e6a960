"""What a search found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SHORTEST: Final = 1 << 12  # more than a block of a scan
_LONGEST: Final = 1 << 16
_MOST_HELD: Final = 1 << 20  # hits beyond the limit that wait to be dropped


@dataclass(frozen=True, slots=True)
class Hits:
    """Pairs of a query and a code near it, all arrays of shape `(n,)`, sorted by (query, distance, key)."""

    query: NDArray[np.int32]  # row of the query
    key: NDArray[np.uint32]  # key of the code
    distance: NDArray[np.uint16]  # bits that differ

    def __len__(self) -> int:
        return len(self.query)

    @classmethod
    def merged(cls, parts: Iterable[Hits], limit: int | None = None) -> Hits:
        """Join parts in order; keep the `limit` nearest of every query (ties: the lowest keys), all if None."""
        parts = [cls(*_EMPTY), *parts]
        query = np.concatenate([p.query for p in parts])
        key = np.concatenate([p.key for p in parts])
        distance = np.concatenate([p.distance for p in parts])
        order = np.lexsort((key, distance, query))
        if limit is not None:
            ordered = query[order]
            rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
            order = order[rank < limit]
        return cls(query[order], key[order], distance[order])


_EMPTY = (np.empty(0, np.int32), np.empty(0, np.uint32), np.empty(0, np.uint16))


class HitBuffer:
    """Where kernels write: three arrays, as long as one another, that are emptied whenever they are full."""

    def __init__(self, queries: int, limit: int | None) -> None:
        self._resize(_SHORTEST)
        self._limit = limit
        self._most = max(_MOST_HELD, 4 * queries * (limit or 0))
        self._held = 0
        self.parts: list[Hits] = []

    def drain(self, count: int) -> None:
        """Take the first `count` hits out of the arrays."""
        if not count:
            return
        self.parts.append(Hits(self.query[:count].copy(), self.key[:count].copy(), self.distance[:count].copy()))
        self._held += count
        if self._limit is not None and self._held > self._most:
            self.parts = [Hits.merged(self.parts, self._limit)]
            self._held = len(self.parts[0])
        if count > len(self.key) // 2 and len(self.key) < _LONGEST:
            self.grow()

    def grow(self) -> None:
        """Double the arrays, which must be empty."""
        self._resize(2 * len(self.key))

    def _resize(self, length: int) -> None:
        self.query = np.empty(length, np.int32)
        self.key = np.empty(length, np.uint32)
        self.distance = np.empty(length, np.uint16)
