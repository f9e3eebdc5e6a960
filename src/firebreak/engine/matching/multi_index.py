"""Multi-index hashing: exact search that looks only at codes which agree with the query on some stretch of bits.

Cut codes into m stretches. When a code lies within radius r = m * f + a (a < m) of a query, then one of the first
a + 1 stretches differs in at most f bits or one of the others in at most f - 1: so it is enough to look up, stretch
by stretch, every value near the query's. M. Norouzi, A. Punjani, D. Fleet, "Fast search in Hamming space with
multi-index hashing", 2012.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numba import float64, int64, njit, types
from numpy.typing import NDArray

from firebreak.engine.matching.hits import HitBuffer
from firebreak.engine.matching.popcount import popcount
from firebreak.engine.matching.scan import BITMAP, COLUMNS, HIT_ARRAYS, KEYS, is_removed, read_only

SPAN_BITS: Final = 24  # positions are kept in 24 bits, so a table is made anew for every 2**24 codes
SPAN: Final = 1 << SPAN_BITS
PROBES: Final = 512
CANDIDATES: Final = 4096


@njit
def _stretch(words: NDArray[np.uint64], table: int, tables: int, width: int) -> int:
    """Return `width` bits of a code, from where its `table`-th of `tables` equal parts begins."""
    first = words.shape[0] * 64 * table // tables
    word, shift = first >> 6, first & 63
    value = words[word] >> np.uint64(shift)
    if shift + width > 64:
        value |= words[word + 1] << np.uint64(64 - shift)
    return int64(value & ((np.uint64(1) << np.uint64(width)) - np.uint64(1)))


@njit(
    float64(COLUMNS, int64, int64, int64, types.uint32[:, ::1], types.uint16[:, ::1], types.uint8[:, ::1]),
    cache=True,
    nogil=True,
)
def _fill(
    columns: NDArray[np.uint64],
    table: int,
    tables: int,
    width: int,
    starts: NDArray[np.uint32],
    low: NDArray[np.uint16],
    high: NDArray[np.uint8],
) -> float:  # pragma: no cover - compiled
    """Sort the positions by their stretch (a counting sort); return how many codes share a code's bucket."""
    n = columns.shape[1]
    together = 0.0
    for span in range(starts.shape[0]):
        first, last = span << SPAN_BITS, min((span + 1) << SPAN_BITS, n)
        bounds = starts[span]
        bounds[:] = 0
        for i in range(first, last):
            bounds[_stretch(columns[:, i], table, tables, width) + 1] += np.uint32(1)
        for b in range(1, bounds.shape[0]):
            together += float64(bounds[b]) * bounds[b]
            bounds[b] += bounds[b - 1]
        place = bounds.copy()
        for i in range(first, last):
            b = _stretch(columns[:, i], table, tables, width)
            low[table, first + place[b]] = np.uint16((i - first) & 0xFFFF)
            high[table, first + place[b]] = np.uint8((i - first) >> 16)
            place[b] += np.uint32(1)
    return together / n


@njit
def _verify(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    positions: NDArray[np.int64],
    query: NDArray[np.uint64],
    radius: int,
    flips: NDArray[np.int64],
    table: int,
    width: int,
    key: NDArray[np.uint32],
    distance: NDArray[np.uint16],
) -> int:
    """Write down the candidates that are near and that no earlier table has shown; return how many, -1 for too many."""
    words = columns.shape[0]
    count = 0
    for c in range(positions.shape[0]):
        i = positions[c]
        bits = popcount(columns[0, i] ^ query[0])
        if words > 1:
            bits += popcount(columns[1, i] ^ query[1])
        if bits > radius:
            continue
        for word in range(2, words):
            bits += popcount(columns[word, i] ^ query[word])
        if bits > radius or is_removed(removed, i):
            continue
        seen = False
        for t in range(table):
            x = _stretch(columns[:, i], t, flips.shape[0], width) ^ _stretch(query, t, flips.shape[0], width)
            seen |= popcount(np.uint64(x)) <= flips[t]
        if seen:
            continue
        if count == key.shape[0]:
            return -1
        key[count] = keys[i]
        distance[count] = bits
        count += 1
    return count


@njit(
    int64(
        COLUMNS,
        KEYS,
        BITMAP,
        read_only(types.uint32, 3),
        read_only(types.uint16, 2),
        read_only(types.uint8, 2),
        types.int64[::1],
        types.int64[::1],
        COLUMNS,
        int64,
        types.int64[::1],
        *HIT_ARRAYS,
    ),
    cache=True,
    nogil=True,
)
def _probe(
    columns: NDArray[np.uint64],
    keys: NDArray[np.uint32],
    removed: NDArray[np.uint8],
    starts: NDArray[np.uint32],
    low: NDArray[np.uint16],
    high: NDArray[np.uint8],
    masks: NDArray[np.int64],
    flips: NDArray[np.int64],
    queries: NDArray[np.uint64],
    radius: int,
    resume: NDArray[np.int64],  # next query
    hit_query: NDArray[np.int32],
    hit_key: NDArray[np.uint32],
    hit_distance: NDArray[np.uint16],
) -> int:  # pragma: no cover - compiled
    n = columns.shape[1]
    tables, spans = starts.shape[0], starts.shape[1]
    width = popcount(np.uint64(starts.shape[2] - 2))
    first = np.empty(PROBES, np.int64)
    last = np.empty(PROBES, np.int64)
    positions = np.empty(CANDIDATES, np.int64)
    count = 0
    for q in range(resume[0], queries.shape[0]):
        query = queries[q]
        complete = count
        for table in range(tables):
            value = _stretch(query, table, tables, width)
            probes = masks.shape[0]
            while probes > 0 and popcount(np.uint64(masks[probes - 1])) > flips[table]:
                probes -= 1
            for span in range(spans):
                base = span << SPAN_BITS
                for p0 in range(0, probes, PROBES):
                    size = min(PROBES, probes - p0)
                    for p in range(size):
                        bucket = value ^ masks[p0 + p]
                        first[p] = starts[table, span, bucket]
                        last[p] = starts[table, span, bucket + 1]
                    candidates = 0
                    for p in range(size):
                        for j in range(base + first[p], min(base + last[p], n)):
                            i = base + (int64(high[table, j]) << 16 | int64(low[table, j]))
                            positions[candidates] = min(i, n - 1)
                            candidates += 1
                            if candidates == CANDIDATES or (p == size - 1 and False):
                                found = _verify(columns, keys, removed, positions, query, radius, flips, table, width, hit_key[count:], hit_distance[count:])
                                if found < 0:
                                    resume[0] = q
                                    return complete
                                hit_query[count : count + found] = q
                                count += found
                                candidates = 0
                    found = _verify(columns, keys, removed, positions[:candidates], query, radius, flips, table, width, hit_key[count:], hit_distance[count:])
                    if found < 0:
                        resume[0] = q
                        return complete
                    hit_query[count : count + found] = q
                    count += found
    resume[0] = queries.shape[0]
    return count
