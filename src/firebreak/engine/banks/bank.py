"""A bank: references that can be searched by code, by time and by exact hash; kept in one file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.reference import Reference
from firebreak.engine.banks.rows import Rows
from firebreak.engine.errors import IndexFileError
from firebreak.engine.known import Entry, FrameHits
from firebreak.engine.matching.arrayfile import JSON, read_arrays, write_arrays
from firebreak.engine.matching.index import HammingIndex

SUFFIX: Final = ".bank"
BITS: Final = 256
# A code that this many frames resemble says no more when it hits further ones; memory stays bounded.
MOST_HITS: Final = 256
_KIND: Final = "firebreak bank"
_VERSION: Final = 1


class Bank:
    """A named collection of references. Reading is safe from several threads, changing is for one."""

    def __init__(self, name: str, description: str = "") -> None:
        self.name = name
        self.description = description
        self._rows = Rows()
        self._index = HammingIndex(bits=BITS)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, name: str) -> bool:
        return self._rows.named(name) is not None

    @property
    def frames(self) -> int:
        """How many codes the bank holds."""
        return len(self._index)

    def references(self) -> Iterator[Reference]:
        return (self._rows.reference(row) for row in self._rows.live())

    def reference(self, row: int) -> Reference:
        return self._rows.reference(row)

    def get(self, name: str) -> Reference | None:
        row = self._rows.named(name)
        return None if row is None else self._rows.reference(row)

    def codes(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
        """Return times `(n,)` in seconds and PDQ codes `(n, 4)` of a reference."""
        row = self._rows.find(name)
        return self._rows.times(row), self._index.codes(self._rows.keys(row))

    def add(self, reference: Reference, times: NDArray[np.float64], codes: NDArray[np.uint64]) -> None:
        """Add a reference with the times `(n,)` in seconds and PDQ codes `(n, 4)` of its frames.

        Raises BankError when the name is taken.
        """
        self._index.add(codes, self._rows.append(reference, times))

    def remove(self, name: str) -> None:
        """Remove a reference. Raises BankError when there is none of that name."""
        self._index.remove(self._rows.remove(name))

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1) -> FrameHits:
        """Return the frames within `radius` bits of any of the `codes`, shape `(n, 4)`; of very many, the nearest."""
        hits = self._index.search(codes, radius, threads=threads, limit=MOST_HITS)
        rows, times = self._rows.locate(hits.key)
        return FrameHits(hits.query.astype(np.int64), rows, times, hits.distance.astype(np.int64))

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> list[int]:
        """Return the rows of the references that are the very same file."""
        wanted = {"sha256": sha256, "md5": md5}
        return sorted({row for column, digest in wanted.items() if digest for row in self._rows.exact(column, digest)})

    def look_up(self, rows: Collection[int]) -> Mapping[int, Entry]:
        """Return the references of rows, without those that were removed. A bank loaded anew may number them anew."""
        return {row: Entry(self.name, self._rows.reference(row)) for row in rows if self._rows.holds(row)}

    def knows(self, digest: str) -> bool:
        """Tell whether asking by `"sha256"` or `"md5"` can find what nothing surer finds."""
        return self._rows.knows(digest)

    def save(self, path: Path) -> None:
        """Write the bank to one file, whole or not at all."""
        arrays = {f"index.{k}": v for k, v in self._index.arrays().items()} | self._rows.compacted()
        meta: dict[str, JSON] = {"name": self.name, "description": self.description, "next_key": self._rows.next_key}
        write_arrays(path, _KIND, _VERSION, arrays, meta)

    @classmethod
    def load(cls, path: Path) -> Bank:
        """Map a bank's file into memory.

        Raises IndexFileError when the file is damaged, of another version, or no bank.
        """
        arrays, meta = read_arrays(path, _KIND, _VERSION)
        try:
            bank = cls(str(meta["name"]), str(meta["description"]))
            index = {k.removeprefix("index."): v for k, v in arrays.items() if k.startswith("index.")}
            bank._rows = Rows.stored(arrays, int(str(meta["next_key"])))
            bank._index = HammingIndex.from_arrays(index)
            _require_fit(bank._index.bits, bank._rows.all_keys(), index["keys"])
        except (KeyError, ValueError) as problem:
            raise IndexFileError(f"{path} is no sound bank: {problem}", "restore it from a backup") from problem
        return bank


def _require_fit(bits: int, expected: NDArray[np.uint32], keys: NDArray[np.uint32]) -> None:
    if bits != BITS or not np.array_equal(expected, keys):
        raise ValueError("its codes and its references do not fit together")
