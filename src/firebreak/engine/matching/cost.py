"""What a search costs, so that the index can choose how to answer it.

The figures are nanoseconds on one core of a Zen 5 server, by `python -m benchmarks.search --calibrate`. Only their
proportions matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Final

from firebreak.engine.matching.intrinsics import COUNTS_VECTORS
from firebreak.engine.matching.levels import BOUNDS, EXACT, first_level

FEW: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Processor:
    """What the parts of a search cost (ns)."""

    # Scanning: to bring 8 bytes of a column from memory, and to compare them with a query, at every level.
    fetch: float
    compare: tuple[float, ...]
    # Tables: to look up a bucket or to check a candidate, with few codes and with many. Both are a cache miss unless
    # codes are few, but several of them are under way at a time.
    look: tuple[float, float]
    # Sorted tables: to open a bucket, to compare 32 of its postings, and to look at a code that is left.
    open: float
    filter: float
    candidate: float


PLAIN: Final = Processor(0.16, (0.09, 0.07, 0.06, 0.09, 0.16), (5.0, 33.0), 5.0, 12.0, 30.0)
COUNTING: Final = Processor(0.2, (0.015, 0.013, 0.0125, 0.0155, 0.0215), (4.5, 15.0), 7.0, 6.5, 30.0)
HERE: Final = COUNTING if COUNTS_VECTORS else PLAIN
# What to build is decided for the plainer one: the file may be searched elsewhere.
ANYWHERE: Final = PLAIN


def scan_cost(codes: int, queries: int, words: int, radius: int, processor: Processor = HERE) -> float:
    """Return the time to compare every code with every query."""
    level = first_level(words, radius)
    columns = words if level == EXACT else BOUNDS[level].columns
    return codes * columns * (processor.fetch + processor.compare[level] * queries)


def table_cost(codes: int, queries: int, looks: list[tuple[int, float]], processor: Processor = HERE) -> float:
    """Return the time to answer by tables; `looks` has each table's number of probes and codes in a bucket."""
    return queries * processor.look[codes > FEW] * sum(probes * (1 + load) for probes, load in looks)


def posting_cost(buckets: int, load: float, candidates: float, processor: Processor = HERE) -> float:
    """Return the time to answer a query by sorted tables; `load` is how many postings a bucket has."""
    return buckets * (processor.open + processor.filter * load / 32) + candidates * processor.candidate


def flips_allowed(radius: int, tables: int) -> list[int]:
    """Return in how many bits each stretch may differ at most (-1: not to be looked up) for the search to be exact."""
    most, over = divmod(radius, tables)
    return [most if table <= over else most - 1 for table in range(tables)]


@lru_cache(maxsize=4096)
def probes(width: int, flips: int) -> int:
    """Return how many values of `width` bits lie within `flips` bits of one."""
    return sum(comb(width, k) for k in range(flips + 1))
