"""Codes to search, and the plainest possible search to compare with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.matching.hits import Hits


def clustered(rng: np.random.Generator, count: int, words: int, centres: int = 4) -> NDArray[np.uint64]:
    """Return codes `(count, words)` that lie at all distances from a few centres, many of them alike."""
    middle = np.random.default_rng(0).integers(0, 2**64, (centres, words), np.uint64)
    flipped = rng.random((count, words * 64)) < rng.choice([0, 0.01, 0.05, 0.1, 0.2, 0.5], (count, 1))
    noise = np.packbits(flipped, axis=1, bitorder="little").view(np.uint64)
    return middle[rng.integers(0, centres, count)] ^ noise


def numbered(count: int, first: int = 0) -> NDArray[np.uint32]:
    return np.arange(first, first + count, dtype=np.uint32)


def brute_force(codes: NDArray[np.uint64], keys: NDArray[np.uint32], queries: NDArray[np.uint64], radius: int) -> Hits:
    query, key, distance = [], [], []
    for number, code in enumerate(queries):
        away = np.bitwise_count(codes ^ code).sum(axis=1, dtype=np.uint16)
        near = np.flatnonzero(away <= radius)
        near = near[np.lexsort((keys[near], away[near]))]
        query.append(np.full(len(near), number, np.int32))
        key.append(keys[near])
        distance.append(away[near])
    return Hits(np.concatenate(query), np.concatenate(key), np.concatenate(distance))


def assert_same(found: Hits, expected: Hits) -> None:
    for name in ("query", "key", "distance"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
