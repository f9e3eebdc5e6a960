"""How a block of codes is ruled out: lower bounds of distances that cost less than the distances do.

Two words differ in at least as many bits as their difference joined by OR has: popcount(x | y) <= popcount(x) +
popcount(y). So words are joined before they are counted, and on a small radius most columns need not even be read.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from firebreak.engine.matching.intrinsics import popcount
from firebreak.engine.matching.levels import EXACT, OR_OF_FOUR, OR_OF_PAIRS, OR_OF_THREE, OR_OF_TWO

GROUP: Final = 4  # queries that share what was read of a code; their words fit the registers
_FAR: Final = 1 << 20


@njit(nogil=True)
def _or_of_two(a: Any, b: Any, _c: Any, _d: Any, q: NDArray[np.uint64]) -> int:
    return popcount((a ^ q[0]) | (b ^ q[1]))


@njit(nogil=True)
def _or_of_three(a: Any, b: Any, c: Any, _d: Any, q: NDArray[np.uint64]) -> int:
    return popcount((a ^ q[0]) | (b ^ q[1]) | (c ^ q[2]))


@njit(nogil=True)
def _or_of_four(a: Any, b: Any, c: Any, d: Any, q: NDArray[np.uint64]) -> int:
    return popcount((a ^ q[0]) | (b ^ q[1]) | (c ^ q[2]) | (d ^ q[3]))


@njit(nogil=True)
def _or_of_pairs(a: Any, b: Any, c: Any, d: Any, q: NDArray[np.uint64]) -> int:
    return popcount((a ^ q[0]) | (b ^ q[1])) + popcount((c ^ q[2]) | (d ^ q[3]))


@njit(nogil=True)
def _all_of_four(a: Any, b: Any, c: Any, d: Any, q: NDArray[np.uint64]) -> int:
    return popcount(a ^ q[0]) + popcount(b ^ q[1]) + popcount(c ^ q[2]) + popcount(d ^ q[3])


def _least(bound: Any, level: int) -> Any:
    """Return a kernel that gives the least bound of the distances between the codes of a block and a group's queries.

    It answers for all groups of one level, so that what a call costs is shared by them. The minimum takes one
    instruction a vector of codes; counting what is near would take three.
    """

    @njit(nogil=True)
    def least(
        columns: NDArray[np.uint64],
        start: int,
        stop: int,
        queries: NDArray[np.uint64],
        levels: NDArray[np.int64],
        nearest: NDArray[np.int64],
    ) -> None:
        last = columns.shape[0] - 1
        a, b = columns[0, start:stop], columns[min(1, last), start:stop]
        c, d = columns[min(2, last), start:stop], columns[min(3, last), start:stop]
        for group in range(levels.shape[0]):
            if levels[group] != level:
                continue
            first, near = group * GROUP, _FAR
            if first + GROUP <= queries.shape[0]:
                q0, q1, q2, q3 = queries[first], queries[first + 1], queries[first + 2], queries[first + 3]
                for i in range(a.shape[0]):
                    one = min(bound(a[i], b[i], c[i], d[i], q0), bound(a[i], b[i], c[i], d[i], q1))
                    two = min(bound(a[i], b[i], c[i], d[i], q2), bound(a[i], b[i], c[i], d[i], q3))
                    near = min(near, one, two)
            else:
                for q in range(first, queries.shape[0]):
                    query = queries[q]
                    for i in range(a.shape[0]):
                        near = min(near, bound(a[i], b[i], c[i], d[i], query))
            nearest[group] = near

    return least


_least_of_two = _least(_or_of_two, OR_OF_TWO)
_least_of_three = _least(_or_of_three, OR_OF_THREE)
_least_of_four = _least(_or_of_four, OR_OF_FOUR)
_least_of_pairs = _least(_or_of_pairs, OR_OF_PAIRS)
_least_distance = _least(_all_of_four, EXACT)


@njit(nogil=True)
def bound_block(
    columns: NDArray[np.uint64],
    start: int,
    stop: int,
    queries: NDArray[np.uint64],
    levels: NDArray[np.int64],
    nearest: NDArray[np.int64],
) -> None:
    """Give for every group of queries a lower bound of how near any code of the block is, 0 where there is none."""
    words = columns.shape[0]
    nearest[:] = 0
    if words >= 2:
        _least_of_two(columns, start, stop, queries, levels, nearest)
    if words >= 3:
        _least_of_three(columns, start, stop, queries, levels, nearest)
    if words >= 4:
        _least_of_four(columns, start, stop, queries, levels, nearest)
        _least_of_pairs(columns, start, stop, queries, levels, nearest)
    if words == 4:
        _least_distance(columns, start, stop, queries, levels, nearest)


@njit(nogil=True)
def distance_to(columns: NDArray[np.uint64], start: int, stop: int, query: NDArray[np.uint64]) -> int:
    """Return how near any code of the block is to a query, 0 where that is as dear as to measure them all."""
    if columns.shape[0] != 4:
        return 0
    a, b, c, d = columns[0, start:stop], columns[1, start:stop], columns[2, start:stop], columns[3, start:stop]
    near = _FAR
    for i in range(a.shape[0]):
        near = min(near, _all_of_four(a[i], b[i], c[i], d[i], query))
    return near
