"""Exhaustive search: every query against every code, block by block, so that a block stays in the cache.

Most blocks hold no code near a query, and a lower bound of the distances (`bounds`) shows it for less than the
distances cost. Queries are compared by groups, so that what was read of a code serves all of them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import int64, njit, types
from numpy.typing import NDArray

from firebreak.engine.matching.bounds import GROUP, bound_block, distance_to
from firebreak.engine.matching.hits import HitBuffer
from firebreak.engine.matching.intrinsics import popcount
from firebreak.engine.matching.levels import EXACT, first_level

BLOCK: Final = 1024
LONE_BLOCK: Final = 4096  # for one group alone, whose columns no cache has to keep; no more than a `HitBuffer` holds
# A group of queries moves up a level when more than about one in nine of its blocks was looked into for nothing.
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


@njit(nogil=True)
def _alarm(level: NDArray[np.int64], alarms: NDArray[np.int64], group: int) -> None:
    """Note that a group's block was looked into for nothing."""
    if level[group] < EXACT:
        alarms[group] += ALARM_COST
        if alarms[group] > PATIENCE:
            level[group] += 1
            alarms[group] = 0


@njit(
    int64(COLUMNS, KEYS, BITMAP, int64, COLUMNS, int64, *(types.int64[::1],) * 6, *HIT_ARRAYS),
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
    level: NDArray[np.int64],  # of every group
    alarms: NDArray[np.int64],
    nearest: NDArray[np.int64],
    distance: NDArray[np.int64],
    found: NDArray[np.int64],
    hit_query: NDArray[np.int32],
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:  # pragma: no cover - compiled
    count, start, first = 0, resume[0], resume[1]
    while start < stop:
        end = min(start + distance.shape[0], stop)
        bound_block(columns, start, end, queries, level, nearest)
        for group in range(first // GROUP, level.shape[0]):
            if nearest[group] > radius:
                alarms[group] = max(0, alarms[group] - 1)
                continue
            held = 0
            for q in range(max(first, group * GROUP), min(group * GROUP + GROUP, queries.shape[0])):
                if distance_to(columns, start, end, queries[q]) > radius:
                    continue
                near = _measure(columns, start, end, queries[q], radius, distance, found)
                if count + near > hit_key.shape[0]:
                    resume[0], resume[1] = start, q
                    return count
                held += near
                for j in range(near):
                    i = found[j]
                    if not is_removed(removed, start + i):
                        hit_query[count], hit_key[count], hit_distance[count] = q, keys[start + i], distance[i]
                        count += 1
            if held == 0:
                _alarm(level, alarms, group)
        start, first = end, 0
    resume[0], resume[1] = stop, 0
    return count


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
    groups = -(-len(queries) // GROUP)
    level, alarms = np.full(groups, first_level(len(columns), radius), np.int64), np.zeros(groups, np.int64)
    block = BLOCK if groups > 1 else LONE_BLOCK
    scratch = np.empty(groups, np.int64), np.empty(block, np.int64), np.empty(block, np.int64)
    resume = np.array([part.start, 0], np.int64)
    while resume[0] < part.stop:
        count = _scan(
            *(columns, keys, removed, part.stop, queries, radius, resume, level, alarms, *scratch),
            *(into.query, into.key, into.distance),
        )
        into.drain(count)
