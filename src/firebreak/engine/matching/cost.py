"""What a search costs, so that the index can choose how to answer it.

The figures are nanoseconds on one core of a Zen 3 server (2.45 GHz, no AVX-512), by `python -m benchmarks.search
--calibrate`. Only their proportions matter; where a processor counts bits faster, the choice errs towards tables
and costs at most the difference near the point where both are equal.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import Final

from firebreak.engine.matching.scan import EXACT, OR_OF_PAIRS, OR_OF_TWO, first_level

# Scanning: to bring 8 bytes of a column from memory, and to compare them with a query.
FETCH: Final = 0.25
COMPARE: Final = {OR_OF_TWO: 0.18, OR_OF_PAIRS: 0.16, EXACT: 0.23}
COLUMNS_READ: Final = {OR_OF_TWO: 2, OR_OF_PAIRS: 4}
# Tables: to look up a bucket or to check a candidate. Both are a cache miss unless codes are few, but several of them
# are under way at a time.
FEW: Final = 1 << 18
LOOK: Final = {True: 10.0, False: 30.0}
# Sorted tables: to open a bucket, to compare 32 of its postings, and to look at a code that is left.
OPEN: Final = 10.0
FILTER: Final = 8.0
CANDIDATE: Final = 30.0


def scan_cost(codes: int, queries: int, words: int, radius: int) -> float:
    """Return the time (ns) to compare every code with every query."""
    level = first_level(words, radius)
    columns = COLUMNS_READ.get(level, words)
    return codes * columns * (FETCH + COMPARE[level] * queries)


def table_cost(codes: int, queries: int, looks: list[tuple[int, float]]) -> float:
    """Return the time (ns) to answer by tables; `looks` has each table's number of probes and codes in a bucket."""
    return queries * LOOK[codes <= FEW] * sum(probes * (1 + load) for probes, load in looks)


def posting_cost(buckets: int, load: float, candidates: float) -> float:
    """Return the time (ns) to answer a query by sorted tables; `load` is how many postings a bucket has."""
    return buckets * (OPEN + FILTER * load / 32) + candidates * CANDIDATE


def flips_allowed(radius: int, tables: int) -> list[int]:
    """Return in how many bits each stretch may differ at most (-1: not to be looked up) for the search to be exact."""
    most, over = divmod(radius, tables)
    return [most if table <= over else most - 1 for table in range(tables)]


@lru_cache(maxsize=4096)
def probes(width: int, flips: int) -> int:
    """Return how many values of `width` bits lie within `flips` bits of one."""
    return sum(comb(width, k) for k in range(flips + 1))
