"""Which lower bound of distances a scan begins with: the cheapest that lets few unrelated codes pass.

A bit of k unrelated differences joined by OR is clear once in 2**k times, so the number of bits that are set, over all
that is joined, is binomial. What passes is its tail up to the radius.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Final

_RARE: Final = 2.0**-16  # of unrelated pairs, so that nearly all blocks are ruled out for a group of queries


@dataclass(frozen=True, slots=True)
class Bound:
    """Over the first `columns` columns, `joined` at a time by OR."""

    columns: int
    joined: int

    def passing(self, radius: int) -> float:
        """Return the share of unrelated pairs that the bound does not rule out."""
        bits, clear = 64 * self.columns // self.joined, 1 << self.joined
        pairs: int = sum(comb(bits, n) * (clear - 1) ** n for n in range(min(radius, bits) + 1))
        return float(pairs / clear**bits)


# From cheap and loose to dear and exact; each rules out all that those before it do.
OR_OF_TWO: Final = 0
OR_OF_THREE: Final = 1
OR_OF_FOUR: Final = 2
OR_OF_PAIRS: Final = 3
EXACT: Final = 4
BOUNDS: Final = (Bound(2, 2), Bound(3, 3), Bound(4, 4), Bound(4, 2))


@lru_cache(maxsize=1024)
def first_level(words: int, radius: int) -> int:
    """Return the cheapest level that rules out nearly all blocks of unrelated codes."""
    fitting = (level for level, bound in enumerate(BOUNDS) if bound.columns <= words and bound.passing(radius) < _RARE)
    return next(fitting, EXACT)
