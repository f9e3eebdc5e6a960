"""The kernels behind multi-index hashing: filling a table and looking things up in it.

A table sorts the positions of all codes by one stretch of their bits. `starts` tells where in the sorted order each
value's bucket begins, `entries` holds that order, 3 bytes a position; so it is made anew for every 2**24 codes, a span.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import float64, int64, njit, types
from numpy.typing import NDArray

from firebreak.engine.matching.intrinsics import popcount, prefetch
from firebreak.engine.matching.scan import BITMAP, COLUMNS, HIT_ARRAYS, KEYS, is_removed, read_only

SPAN_BITS: Final = 24
SPAN: Final = 1 << SPAN_BITS

# Looked up and checked together, so that many cache misses are under way at a time.
_BATCH: Final = 512
_CANDIDATES: Final = 4096


@njit(nogil=True)
def stretch(words: NDArray[np.uint64], table: int, tables: int, width: int) -> int:
    """Return `width` bits of a code, from where its `table`-th of `tables` equal parts begins."""
    first = words.shape[0] * 64 * table // tables
    word, shift = first >> 6, first & 63
    value = words[word] >> np.uint64(shift)
    if shift + width > 64:
        value |= words[word + 1] << np.uint64(64 - shift)
    return int(int64(value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1))))


@njit(nogil=True)
def _next_flips(mask: int, width: int) -> int:
    """Return the bit pattern that follows, in order of the number of bits set, then of value (Gosper's hack)."""
    if mask == 0:
        return 1
    lowest = mask & -mask
    carried = mask + lowest
    following = carried | (((mask ^ carried) >> 2) >> popcount(np.uint64(lowest - 1)))
    return following if following < 1 << width else (1 << (popcount(np.uint64(mask)) + 1)) - 1


@njit(nogil=True)
def _sort_roughly(
    columns: NDArray[np.uint64], base: int, table: int, tables: int, width: int, fine_bits: int, out: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sort the codes from `base` on by the upper part of their stretch; return where each coarse bucket begins.

    `out` gets the lower part of the stretch above, the position within the span below.
    """
    bounds = np.zeros((1 << (width - fine_bits)) + 1, np.int64)
    for i in range(out.shape[0]):
        bounds[(stretch(columns[:, base + i], table, tables, width) >> fine_bits) + 1] += 1
    for bucket in range(1, bounds.shape[0]):
        bounds[bucket] += bounds[bucket - 1]
    place = bounds.copy()
    for i in range(out.shape[0]):
        value = stretch(columns[:, base + i], table, tables, width)
        bucket = value >> fine_bits
        out[place[bucket]] = (value & ((1 << fine_bits) - 1)) << SPAN_BITS | i
        place[bucket] += 1
    return bounds


@njit(float64(COLUMNS, int64, int64, types.uint32[:, ::1], types.uint8[:, ::1]), cache=True, nogil=True)
def fill(
    columns: NDArray[np.uint64], table: int, tables: int, starts: NDArray[np.uint32], entries: NDArray[np.uint8]
) -> float:  # pragma: no cover - compiled
    """Fill table number `table` of `tables`; return with how many codes of its span a code shares its bucket.

    `starts` has shape (spans, buckets + 1), `entries` (n, 3). Positions are sorted into coarse buckets first, then
    each of these, which fits the cache, into fine ones.
    """
    n = columns.shape[1]
    width = popcount(np.uint64(starts.shape[1] - 2))
    fine_bits = max(width - 8, 0)  # 256 places to write to fit the first cache, their contents the second
    rough = np.empty(min(n, SPAN), np.int64)
    place = np.empty(1 << fine_bits, np.int64)
    together = 0.0
    for span in range(starts.shape[0]):
        base = span << SPAN_BITS
        size = min(n - base, SPAN)
        bounds = _sort_roughly(columns, base, table, tables, width, fine_bits, rough[:size])
        for coarse in range(bounds.shape[0] - 1):
            held = rough[bounds[coarse] : bounds[coarse + 1]]
            place[:] = 0
            for entry in held:
                place[entry >> SPAN_BITS] += 1
            position = bounds[coarse]
            for bucket in range(place.shape[0]):
                starts[span, (coarse << fine_bits) + bucket] = position
                together += float64(place[bucket]) * place[bucket]
                place[bucket], position = position, position + place[bucket]
            for entry in held:
                to = entries[base + place[entry >> SPAN_BITS]]
                to[0], to[1], to[2] = entry & 0xFF, entry >> 8 & 0xFF, entry >> 16 & 0xFF
                place[entry >> SPAN_BITS] += 1
        starts[span, starts.shape[1] - 1] = size
    return float(together / n)


@njit(nogil=True)
def _gather(
    order: NDArray[np.uint8],
    base: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    cursor: NDArray[np.int64],
    columns: NDArray[np.uint64],
    positions: NDArray[np.int64],
) -> int:
    """Collect the positions in buckets `first[p]` to `last[p]` from `cursor` (p, entry) on; return how many."""
    n = columns.shape[1]
    column0, column1 = columns[0], columns[min(1, columns.shape[0] - 1)]
    p, entry = cursor[0], cursor[1]
    count = 0
    while p < first.shape[0] and count < positions.shape[0]:
        stop = min(last[p], entry + positions.shape[0] - count)
        for e in range(entry, stop):
            i = base + (int64(order[e, 2]) << 16 | int64(order[e, 1]) << 8 | int64(order[e, 0]))
            i = min(i, n - 1)
            prefetch(column0, i)
            prefetch(column1, i)
            positions[count] = i
            count += 1
        entry = stop
        if entry >= last[p]:
            p += 1
            entry = first[min(p, first.shape[0] - 1)]
    cursor[0], cursor[1] = p, entry
    return count


@njit(nogil=True)
def check(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    positions: NDArray[np.int64],
    query: NDArray[np.uint64],
    radius: int,
    flips: NDArray[np.int64],
    table: int,
    width: int,
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:
    """Write down candidates that are near and that no earlier table has led to; return how many, -1 if no room."""
    words, tables = columns.shape[0], flips.shape[0]
    count = 0
    for i in positions:
        distance = popcount(columns[0, i] ^ query[0])
        if words > 1:
            distance += popcount(columns[1, i] ^ query[1])
        if distance > radius:
            continue
        for word in range(2, words):
            distance += popcount(columns[word, i] ^ query[word])
        if distance > radius or is_removed(removed, i):
            continue
        seen = False
        for t in range(table):
            differing = stretch(columns[:, i], t, tables, width) ^ stretch(query, t, tables, width)
            seen |= popcount(np.uint64(differing)) <= flips[t]
        if seen:
            continue
        if count == hit_key.shape[0]:
            return -1
        hit_key[count] = keys[i]
        hit_distance[count] = distance
        count += 1
    return count


@njit(
    int64(
        *(COLUMNS, KEYS, BITMAP, read_only(types.uint32, 3), read_only(types.uint8, 3)),
        *(types.int64[::1], types.int64[::1], COLUMNS, int64, int64, types.int64[::1], *HIT_ARRAYS),
    ),
    cache=True,
    nogil=True,
)
def look_up(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    entries: NDArray[np.uint8],
    flips: NDArray[np.int64],
    probes: NDArray[np.int64],
    queries: NDArray[np.uint64],
    stop: int,
    radius: int,
    resume: NDArray[np.int64],
    hit_query: NDArray[np.int32],
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:  # pragma: no cover - compiled
    """Answer queries `resume[0]` to `stop`; return the number of hits, and in `resume` the first query left open.

    Nothing in the tables can lead outside the arrays: they may come from a file.
    """
    n = columns.shape[1]
    tables, spans, width = starts.shape[0], starts.shape[1], popcount(np.uint64(starts.shape[2] - 2))
    first, last = np.empty(_BATCH, np.int64), np.empty(_BATCH, np.int64)
    positions, cursor = np.empty(_CANDIDATES, np.int64), np.empty(2, np.int64)
    count = 0
    for q in range(resume[0], stop):
        query, complete = queries[q], count
        for table_and_span in range(tables * spans):
            table, span = table_and_span // spans, table_and_span % spans
            base, bucket_starts = span << SPAN_BITS, starts[table, span]
            order, order_bytes = entries[table], entries[table].reshape(-1)
            value, mask, left = stretch(query, table, tables, width), 0, probes[table]
            while left > 0:
                size = min(left, _BATCH)
                left -= size
                for p in range(size):
                    first[p] = base + bucket_starts[value ^ mask]
                    last[p] = min(base + int64(bucket_starts[(value ^ mask) + 1]), n)
                    prefetch(order_bytes, 3 * first[p])
                    mask = _next_flips(mask, width)
                cursor[0], cursor[1] = 0, first[0]
                while cursor[0] < size:
                    held = _gather(order, base, first[:size], last, cursor, columns, positions)
                    room = hit_key[count:], hit_distance[count:]
                    found = check(columns, keys, removed, positions[:held], query, radius, flips, table, width, *room)
                    if found < 0:
                        resume[0] = q
                        return complete
                    hit_query[count : count + found] = q
                    count += found
    resume[0] = stop
    return count
