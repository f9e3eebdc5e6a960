"""A small library and pictures of known codes, for the tests of what happens between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.reference import Reference
from firebreak.engine.known import Entry, FrameHits
from firebreak.engine.pictures import Pictures
from firebreak.engine.signals import pdq

CODES = np.random.default_rng(1).integers(0, 2**64, (4, 4), np.uint64)
FIRST = 7_000_000_001


class Library:
    """One row for each of the codes. Rows are ids of elsewhere, in two banks; the last is switched off."""

    def __init__(self) -> None:
        self.frames = len(CODES)
        self.searched: list[int] = []
        self.looked_up: list[list[int]] = []
        banks = ("one", "two", "two")
        self.entries = {FIRST + i: Entry(bank, Reference("same name", "image")) for i, bank in enumerate(banks)}

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1) -> FrameHits:  # noqa: ARG002
        self.searched.append(len(codes))
        distance = np.bitwise_count(codes[:, None] ^ CODES).sum(axis=2).astype(np.int64)
        query, near = np.nonzero(distance <= radius)
        return FrameHits(query, near + FIRST, np.zeros(len(near)), distance[query, near])

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> list[int]:  # noqa: ARG002
        return []

    def knows(self, digest: str) -> bool:  # noqa: ARG002
        return False

    def look_up(self, rows: Collection[int]) -> Mapping[int, Entry]:
        self.looked_up.append(sorted(rows))
        return {row: self.entries[row] for row in rows if row in self.entries}


def pictures(*codes: NDArray[np.uint64], times: list[float] | None = None) -> Pictures:
    """Pictures with these codes as they stand, a second apart, and none that mean anything otherwise."""
    made = Pictures()
    made.times = np.arange(len(codes), dtype=float) if times is None else np.array(times)
    made.quality = np.full(len(codes), 100)
    made.codes = np.zeros((len(codes), len(pdq.VARIANTS), 4), np.uint64)
    made.codes[:, 0] = codes
    return made
