"""What a search found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    """Where kernels write: three arrays that are emptied into a list whenever they are full."""

    def __init__(self, queries: int, limit: int | None, capacity: int = 1 << 16) -> None:
        self.query = np.empty(capacity, np.int32)
        self.key = np.empty(capacity, np.uint32)
        self.distance = np.empty(capacity, np.uint16)
        self._limit = limit
        self._enough = 1 << 20 if limit is None else max(1 << 20, 4 * limit * queries)
        self._parts: list[Hits] = []
        self._held = 0

    def drain(self, count: int) -> None:
        """Take the first `count` hits out of the arrays."""
        if count:
            taken = (self.query[:count].copy(), self.key[:count].copy(), self.distance[:count].copy())
            self._parts.append(Hits(*taken))
            self._held += count
        if self._limit is not None and self._held > self._enough:
            self._parts = [Hits.merged(self._parts, self._limit)]
            self._held = len(self._parts[0])

    def grow(self) -> None:
        """Double the arrays, which must be empty."""
        self.query, self.key, self.distance = (
            np.empty(2 * len(a), a.dtype) for a in (self.query, self.key, self.distance)
        )

    @property
    def parts(self) -> list[Hits]:
        return self._parts
