"""The base file: all signals known when it was built, for every process of a host to map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.library.changes import DIGEST_BYTES, MD5, PDQ, SHA256, Signals, codes_of, pdq_of, words_of
from firebreak.engine.library.digests import Digests
from firebreak.engine.matching.arrayfile import JSON, read_arrays, releaser, write_arrays
from firebreak.engine.matching.index import HammingIndex

# 63 bytes of codes and tables for searches to read, and 8 of keys and their order that only hits and changes read.
BYTES_PER_CODE: Final = 71
_KIND: Final = "firebreak library"
_VERSION: Final = 1
_COLUMNS: Final = {"signal": np.int64, "reference": np.int64, "kind": np.uint8, "time": np.float32}
_NAMES: Final = {PDQ: "pdq", SHA256: "sha256", MD5: "md5"}
# What every search reads. All else is read of hits and changes only, and stands in one piece so that it is let go of
# at once.
_HOT: Final = frozenset(f"pdq.{name}" for name in ("words", "table_starts", "table_high", "table_low", "table_entries"))
_BATCH: Final = 1 << 16


class Base:
    """A row a signal, in the order of their numbers; PDQ codes in an index, digests sorted.

    Only codes and tables need to stay in memory: what was touched of all else is let go of by `release`.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, JSON]) -> None:
        self.meta = meta
        self.signal, self.reference, self.kind, self.time = (arrays[name] for name in _COLUMNS)
        stored = {kind: _of_kind(kind, arrays) for kind in DIGEST_BYTES}
        self.digests = {kind: Digests(columns["words"], columns["rows"]) for kind, columns in stored.items()}
        self._index = _of_kind(PDQ, arrays)
        self._require_sound()
        cold = [a for name, a in self._arrays().items() if name not in _HOT]
        self.release = releaser(cold)
        self.release()

    @classmethod
    def of(cls, signals: Signals, meta: Mapping[str, JSON]) -> Self:
        """Arrange signals whose numbers increase."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(signals, name) for name in _COLUMNS}
        for kind, size in DIGEST_BYTES.items():
            rows = np.flatnonzero(signals.kind == kind)
            digests = Digests.sorted(words_of(signals.code[rows])[:, : size // 8], rows.astype(np.uint32))
            arrays |= _prefixed(kind, digests.arrays())
        return cls(arrays | _prefixed(PDQ, _indexed(signals).arrays()), meta)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file. Raises IndexFileError when it is damaged, of another version, or no library; OSError."""
        arrays, meta = read_arrays(path, _KIND, _VERSION)
        try:
            return cls(arrays, meta)
        except (KeyError, ValueError) as problem:
            raise IndexFileError(f"{path} is no sound library: {problem}", "build it anew") from problem

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all. Raises OSError."""
        arrays = self._arrays()
        cold_first = dict(sorted(arrays.items(), key=lambda item: item[0] in _HOT))
        write_arrays(path, _KIND, _VERSION, cold_first, self.meta)

    def __len__(self) -> int:
        return len(self.signal)

    def index(self) -> HammingIndex:
        """Return an index of the PDQ codes, keyed by row, that can change without changing the base."""
        index = HammingIndex.from_arrays(self._index, BYTES_PER_CODE, next_key=len(self))
        self.release()
        return index

    def rows(self, signals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each signal, -1 for an unknown one."""
        return _found(self.signal, signals)

    def holds(self, signals: Signals) -> NDArray[np.bool_]:
        """Tell which signals are here with the same reference, code and time."""
        rows = self.rows(signals.signal)
        held = rows >= 0
        known = np.flatnonzero(held)
        held[known] &= self.reference[rows[known]] == signals.reference[known]
        held[known] &= self.kind[rows[known]] == signals.kind[known]
        held[known] &= self.time[rows[known]].view(np.int32) == signals.time[known].view(np.int32)
        which = np.flatnonzero(held & (signals.kind == PDQ))
        known_codes = self.index().codes(rows[which].astype(np.uint32))
        held[which] = (known_codes == pdq_of(signals.code[which])).all(axis=1)
        for kind, digests in self.digests.items():
            which = np.flatnonzero(held & (signals.kind == kind))
            same = zip(rows[which].tolist(), digests.rows(words_of(signals.code[which])), strict=True)
            held[which] = [row in found for row, found in same]
        return held

    def batches(self) -> Iterator[Signals]:
        """Give back all signals, kind by kind."""
        words, keys = self._index["words"], self._index["keys"]
        for part in _parts(len(keys)):
            yield self._batch(keys[part], words[::-1, part].T)
        for digests in self.digests.values():
            for part in _parts(len(digests)):
                held, rows = digests.content(part)
                yield self._batch(rows, held)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in _COLUMNS}
        for kind, digests in self.digests.items():
            arrays |= _prefixed(kind, digests.arrays())
        return arrays | _prefixed(PDQ, self._index)

    def _require_sound(self) -> None:
        """Look at what reading relies on. Raises ValueError."""
        for name, dtype in _COLUMNS.items():
            column = getattr(self, name)
            if column.shape != (len(self.signal),) or column.dtype != dtype:
                raise ValueError(f"the column {name!r} is {column.dtype} of shape {column.shape}")
        if any(digests.size != DIGEST_BYTES[kind] for kind, digests in self.digests.items()):
            raise ValueError("its digests are too long or too short")
        rows = [self._index["keys"], *(digests.content(slice(None))[1] for digests in self.digests.values())]
        if any(numbers.max(initial=0) >= len(self) for numbers in rows if len(numbers)):
            raise ValueError("it has codes of rows that it does not have")
        if (self.signal[1:] <= self.signal[:-1]).any():
            raise ValueError("its signals are not in order")

    def _batch(self, rows: NDArray[np.uint32], words: NDArray[np.uint64]) -> Signals:
        code = codes_of(words)
        return Signals(self.signal[rows], self.reference[rows], self.kind[rows], code, self.time[rows])


def _indexed(signals: Signals) -> HammingIndex:
    """Index the PDQ codes; in parts, so that no more than the index and one part is held."""
    index = HammingIndex(bytes_per_code=BYTES_PER_CODE)
    rows = np.flatnonzero(signals.kind == PDQ)
    for part in _parts(len(rows)):
        index.add(pdq_of(signals.code[rows[part]]), rows[part].astype(np.uint32))
    return index


def _prefixed(kind: int, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {f"{_NAMES[kind]}.{name}": array for name, array in arrays.items()}


def _of_kind(kind: int, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    prefix = f"{_NAMES[kind]}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _found(ordered: NDArray[Any], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each wanted value stands in `ordered`, -1 where it does not."""
    if not len(ordered):
        return np.full(len(wanted), -1)
    position = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[position] == wanted, position, -1)


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _BATCH) for start in range(0, count, _BATCH))
