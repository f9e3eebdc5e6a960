"""The kernels behind sorted tables: filling a table, and looking things up in it.

A table sorts the positions of all codes by one stretch of their bits. A posting is 4 bytes in two halves: `low` has the
lower 16 bits of the position; `high` has its upper bits and above them those bits of the stretch that come after the
bucket's. So a bucket is filtered by a few vector instructions over `high`, and only what is left is looked at.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import int64, njit, types, void
from numpy.typing import NDArray

from firebreak.engine.matching.buckets import check, stretch
from firebreak.engine.matching.intrinsics import LANES, near, popcount, prefetch, trailing_zeros
from firebreak.engine.matching.scan import BITMAP, COLUMNS, HIT_ARRAYS, KEYS, read_only

STRETCH: Final = 32  # bits of a code that a table covers
POSTING: Final = 32  # bits: position and remainder
ROOM: Final = LANES[16]  # behind the last posting
CODES_AT_ONCE: Final = LANES[64]

# Looked up together, so that many cache misses are under way at a time.
_BATCH: Final = 1024
_CANDIDATES: Final = 1024


@njit(
    void(COLUMNS, int64, int64, int64, types.uint32[::1], types.uint16[::1], types.uint16[::1]), cache=True, nogil=True
)
def fill(
    columns: NDArray[np.uint64],
    table: int,
    width: int,
    remainder: int,
    starts: NDArray[np.uint32],
    high: NDArray[np.uint16],
    low: NDArray[np.uint16],
) -> None:  # pragma: no cover - compiled
    """Fill a table whose buckets have `width` bits; the postings keep the `remainder` bits that follow."""
    n, tables = columns.shape[1], 2 * columns.shape[0]
    upper = POSTING - remainder - 16
    starts[:] = 0
    for i in range(n):
        starts[(stretch(columns[:, i], table, tables, width + remainder) >> remainder) + 1] += np.uint32(1)
    for bucket in range(1, starts.shape[0]):
        starts[bucket] += starts[bucket - 1]
    place = starts.copy()
    for i in range(n):
        value = stretch(columns[:, i], table, tables, width + remainder)
        at = place[value >> remainder]
        high[at] = (value & ((1 << remainder) - 1)) << upper | i >> 16
        low[at] = i & 0xFFFF
        place[value >> remainder] += np.uint32(1)


@njit(nogil=True)
def _open(
    starts: NDArray[np.uint32],
    value: int,
    patterns: NDArray[np.uint32],
    n: int,
    entries: NDArray[Any],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> None:
    """Find where the buckets begin and end whose values differ from `value` by one of the patterns."""
    for p in range(patterns.shape[0]):
        bucket = value ^ int64(patterns[p])
        first[p] = min(int64(starts[bucket]), n)
        last[p] = min(int64(starts[bucket + 1]), n)
        prefetch(entries, first[p])
        prefetch(entries, last[p])


@njit(nogil=True)
def _within(found: np.uint64, size: int) -> np.uint64:
    """Return of the bits in `found` those that lie within the bucket, which has `size` more entries."""
    return np.uint64(found if size >= 64 else found & ((np.uint64(1) << np.uint64(size)) - np.uint64(1)))


@njit(nogil=True)
def _gather_postings(
    high: NDArray[np.uint16],
    low: NDArray[np.uint16],
    columns: NDArray[np.uint64],
    value: int,
    remainder: int,
    most: int,
    patterns: NDArray[np.uint32],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    cursor: NDArray[np.int64],
    positions: NDArray[np.int64],
) -> int:
    """Collect the positions of codes whose stretches differ from the query's in at most `most` bits.

    Goes on at bucket `cursor[0]`, entry `cursor[1]`; `value` is the lower part of the query's stretch.
    """
    column0, column1 = columns[0], columns[1]
    upper = POSTING - remainder - 16
    mask, wanted = ((1 << remainder) - 1) << upper, value << upper
    p, e = cursor[0], cursor[1]
    count = 0
    while p < patterns.shape[0]:
        end, left = last[p], most - popcount(np.uint64(patterns[p]))
        while e < end:
            if count + ROOM > positions.shape[0]:
                cursor[0], cursor[1] = p, e
                return count
            found = _within(near(high, e, wanted, mask, left), end - e)
            while found:
                at = e + trailing_zeros(found)
                found &= found - np.uint64(1)
                i = (int64(high[at]) & ((1 << upper) - 1)) << 16 | int64(low[at])
                i = min(i, column0.shape[0] - 1)
                prefetch(column0, i)
                prefetch(column1, i)
                positions[count] = i
                count += 1
            e += ROOM
        p += 1
        e = first[min(p, first.shape[0] - 1)]
    cursor[0] = p
    return count


@njit(nogil=True)
def _gather_codes(
    column: NDArray[np.uint64],
    value: int,
    width: int,
    most: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    cursor: NDArray[np.int64],
    positions: NDArray[np.int64],
) -> int:
    """The same for the first table, whose postings are the codes themselves; `value` is the whole stretch."""
    mask = (1 << width) - 1
    p, e = cursor[0], cursor[1]
    count = 0
    while p < first.shape[0]:
        while e < last[p]:
            if count + CODES_AT_ONCE > positions.shape[0]:
                cursor[0], cursor[1] = p, e
                return count
            found = _within(near(column, e, value, mask, most), last[p] - e)
            while found:
                positions[count] = e + trailing_zeros(found)
                found &= found - np.uint64(1)
                count += 1
            e += CODES_AT_ONCE
        p += 1
        e = first[min(p, first.shape[0] - 1)]
    cursor[0] = p
    return count


@njit(
    int64(
        *(COLUMNS, KEYS, BITMAP, read_only(types.uint32, 2), *(read_only(types.uint16, 2),) * 2, int64),
        *(types.int64[::1], types.int64[::1], read_only(types.uint32, 1), COLUMNS, int64, int64, types.int64[::1]),
        *HIT_ARRAYS,
    ),
    cache=True,
    nogil=True,
)
def look_up_sorted(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    high: NDArray[np.uint16],
    low: NDArray[np.uint16],
    remainder: int,
    flips: NDArray[np.int64],
    probes: NDArray[np.int64],
    patterns: NDArray[np.uint32],
    queries: NDArray[np.uint64],
    first_query: int,
    radius: int,
    resume: NDArray[np.int64],
    hit_query: NDArray[np.int32],
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:  # pragma: no cover - compiled
    """Answer queries, whose rows are counted from `first_query`; return the number of hits.

    Goes on at table `resume[0]`, query `resume[1]`, and leaves there what is still open. Table after table, so that as
    little as possible of the tables has to be in the cache at a time.

    Nothing in the tables can lead outside the arrays: they may come from a file.
    """
    n, tables = columns.shape[1], starts.shape[0]
    width = popcount(np.uint64(starts.shape[1] - 2)) + remainder
    first, last = np.empty(_BATCH, np.int64), np.empty(_BATCH, np.int64)
    positions, cursor = np.empty(_CANDIDATES, np.int64), np.empty(2, np.int64)
    count = 0
    for table in range(resume[0], tables):
        posted = max(table - 1, 0)
        for q in range(resume[1], queries.shape[0]):
            query, complete = queries[q], count
            value = stretch(query, table, tables, width)
            for begin in range(0, probes[table], _BATCH):
                tried = patterns[begin : min(begin + _BATCH, probes[table])]
                size = tried.shape[0]
                if table == 0:
                    _open(starts[table], value >> remainder, tried, n, columns[0], first, last)
                else:
                    _open(starts[table], value >> remainder, tried, n, high[posted], first, last)
                cursor[0], cursor[1] = 0, first[0]
                while cursor[0] < size:
                    bounds = first[:size], last[:size], cursor, positions
                    if table == 0:
                        held = _gather_codes(columns[0], value, width, flips[0], *bounds)
                    else:
                        rest = value & ((1 << remainder) - 1)
                        postings = high[posted], low[posted], columns, rest, remainder, flips[table], tried
                        held = _gather_postings(*postings, *bounds)
                    room = hit_key[count:], hit_distance[count:]
                    found = check(columns, keys, removed, positions[:held], query, radius, flips, table, width, *room)
                    if found < 0:
                        resume[0], resume[1] = table, q
                        return complete
                    hit_query[count : count + found] = first_query + q
                    count += found
        resume[1] = 0
    resume[0] = tables
    return count
