"""Exhaustive search: every query against every code, block by block, so that a block stays in the cache.

Most blocks hold no code near a query, and a lower bound of the distance shows it for less than the distance costs:
popcount(x | y) <= popcount(x) + popcount(y) halves the counting, and on a small radius half of the columns need not
even be read. For unrelated codes popcount(x | y) over two words is 48 +- 3.5: it rules them out up to radius 32.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import int64, njit, types
from numpy.typing import NDArray

from firebreak.engine.matching.hits import HitBuffer
from firebreak.engine.matching.intrinsics import popcount

BLOCK: Final = 2048  # codes; 16 KiB a column

# How a block is ruled out, from cheap and loose to dear and exact.
OR_OF_TWO: Final = 0  # popcount over the first two columns, joined
OR_OF_PAIRS: Final = 1  # the same over four columns, by pairs
EXACT: Final = 2
# A query moves up a level when more than about one in nine of its blocks was looked into for nothing.
ALARM_COST: Final = 8
PATIENCE: Final = 256


def read_only(dtype: Any, dimensions: int) -> Any:
    """Return the Numba type of a contiguous array that a kernel may not write to, such as a mapped file."""
    return types.Array(dtype, dimensions, "C", readonly=True)


COLUMNS: Final = read_only(types.uint64, 2)
KEYS: Final = read_only(types.uint32, 1)
BITMAP: Final = read_only(types.uint8, 1)
HIT_ARRAYS: Final = (types.int32[::1], types.uint32[::1], types.uint16[::1])


@njit(nogil=True)
def is_removed(removed: NDArray[np.uint8], position: int) -> bool:
    return removed.shape[0] > 0 and bool((removed[position >> 3] >> (position & 7)) & 1)


@njit(nogil=True)
def _may_hold(
    columns: NDArray[np.uint64], start: int, stop: int, query: NDArray[np.uint64], radius: int, level: int
) -> bool:
    """Tell whether any code of the block can lie within the radius."""
    words = columns.shape[0]
    near = 0
    if level == OR_OF_TWO and words >= 2:
        x0, x1, q0, q1 = columns[0, start:stop], columns[1, start:stop], query[0], query[1]
        for i in range(x0.shape[0]):
            near += popcount((x0[i] ^ q0) | (x1[i] ^ q1)) <= radius
    elif level <= OR_OF_PAIRS and words >= 4:
        x0, x1, q0, q1 = columns[0, start:stop], columns[1, start:stop], query[0], query[1]
        x2, x3, q2, q3 = columns[2, start:stop], columns[3, start:stop], query[2], query[3]
        for i in range(x0.shape[0]):
            bound = popcount((x0[i] ^ q0) | (x1[i] ^ q1)) + popcount((x2[i] ^ q2) | (x3[i] ^ q3))
            near += bound <= radius
    elif words == 4:
        x0, x1, q0, q1 = columns[0, start:stop], columns[1, start:stop], query[0], query[1]
        x2, x3, q2, q3 = columns[2, start:stop], columns[3, start:stop], query[2], query[3]
        for i in range(x0.shape[0]):
            distance = popcount(x0[i] ^ q0) + popcount(x1[i] ^ q1) + popcount(x2[i] ^ q2) + popcount(x3[i] ^ q3)
            near += distance <= radius
    else:
        return True
    return near > 0


@njit(nogil=True)
def _measure(
    columns: NDArray[np.uint64],
    start: int,
    stop: int,
    query: NDArray[np.uint64],
    radius: int,
    distance: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Fill in the distances of a block; return how many lie within the radius and, in `found`, which."""
    column, q, distance = columns[0, start:stop], query[0], distance[: stop - start]
    for i in range(distance.shape[0]):
        distance[i] = popcount(column[i] ^ q)
    for word in range(1, columns.shape[0]):
        column, q = columns[word, start:stop], query[word]
        for i in range(distance.shape[0]):
            distance[i] += popcount(column[i] ^ q)
    near = 0
    for i in range(distance.shape[0]):
        near += distance[i] <= radius
    if near == 0:
        return 0
    near = 0
    for i in range(distance.shape[0]):  # without a branch: how many will be near cannot be foreseen
        found[near] = i
        near += distance[i] <= radius
    return near


@njit(
    int64(
        COLUMNS, KEYS, BITMAP, int64, COLUMNS, int64, types.int64[::1], types.int64[::1], types.int64[::1], *HIT_ARRAYS
    ),
    cache=True,
    nogil=True,
)
def _scan(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    stop: int,
    queries: NDArray[np.uint64],
    radius: int,
    resume: NDArray[np.int64],  # next code and next query
    level: NDArray[np.int64],
    alarms: NDArray[np.int64],
    hit_query: NDArray[np.int32],
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:  # pragma: no cover - compiled
    distance = np.empty(BLOCK, np.int64)
    found = np.empty(BLOCK, np.int64)
    count = 0
    start, first = resume[0], resume[1]
    while start < stop:
        end = min(start + BLOCK, stop)
        for q in range(first, queries.shape[0]):
            if not _may_hold(columns, start, end, queries[q], radius, level[q]):
                alarms[q] = max(0, alarms[q] - 1)
                continue
            if count + end - start > hit_key.shape[0]:
                resume[0], resume[1] = start, q
                return count
            near = _measure(columns, start, end, queries[q], radius, distance, found)
            if near == 0 and level[q] < EXACT:
                alarms[q] += ALARM_COST
                if alarms[q] > PATIENCE:
                    level[q] += 1
                    alarms[q] = 0
            for j in range(near):
                i = found[j]
                if not is_removed(removed, start + i):
                    hit_query[count] = q
                    hit_key[count] = keys[start + i]
                    hit_distance[count] = distance[i]
                    count += 1
        start, first = end, 0
    resume[0], resume[1] = stop, 0
    return count


def first_level(words: int, radius: int) -> int:
    """Return the cheapest level that rules out most blocks of unrelated codes."""
    if words >= 2 and radius <= 32:
        return OR_OF_TWO
    if words >= 4 and radius <= 75:
        return OR_OF_PAIRS
    return EXACT


def scan(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    part: range,
    queries: NDArray[np.uint64],
    radius: int,
    into: HitBuffer,
) -> None:
    """Find all codes at positions `part` within `radius` bits of any query.

    `columns` has shape `(words, n)`, `keys` `(n,)`, `queries` `(q, words)`; `removed` is a bitmap over the
    positions, or empty.
    """
    level = np.full(len(queries), first_level(len(columns), radius), np.int64)
    alarms = np.zeros(len(queries), np.int64)
    resume = np.array([part.start, 0], np.int64)
    while resume[0] < part.stop:
        count = _scan(
            *(columns, keys, removed, part.stop, queries, radius, resume, level, alarms),
            *(into.query, into.key, into.distance),
        )
        into.drain(count)
