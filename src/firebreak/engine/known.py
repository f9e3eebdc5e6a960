"""What a scanner searches: a bank, or one library that holds all banks of a host."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.reference import Reference


@dataclass(frozen=True, slots=True)
class FrameHits:
    """Frames of references near frames of a query; every array has shape `(n,)`."""

    query: NDArray[np.int64]  # which code asked
    row: NDArray[np.int64]  # which reference answered
    time: NDArray[np.float64]  # where in it (s)
    distance: NDArray[np.int64]  # bits

    def __len__(self) -> int:
        return len(self.query)

    @classmethod
    def none(cls) -> FrameHits:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))

    @classmethod
    def joined(cls, parts: Sequence[FrameHits]) -> FrameHits:
        """Put hits one behind the other; at least one part."""
        columns = zip(*((p.query, p.row, p.time, p.distance) for p in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))


class Entry(NamedTuple):
    """A reference, and the bank it is in."""

    bank: str
    reference: Reference


@runtime_checkable
class Known(Protocol):
    """References by number. A row is the number of one; several threads may ask at the same time."""

    @property
    def frames(self) -> int:
        """How many codes there are; nothing is searched where there are none."""

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1) -> FrameHits:
        """Return the frames within `radius` bits of any of the PDQ `codes`, shape `(n, 4)`; of very many, the nearest.

        May still name rows that `look_up` knows no more: those are left out.
        """

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> Sequence[int]:
        """Return the rows that are the very same file."""

    def knows(self, digest: str) -> bool:
        """Tell whether asking by `"sha256"` or `"md5"` can find what nothing surer finds. Asked for every scan."""

    def look_up(self, rows: Collection[int]) -> Mapping[int, Entry]:
        """Return what is known of rows, without those that were removed or switched off meanwhile."""
