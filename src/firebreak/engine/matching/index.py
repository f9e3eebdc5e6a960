"""An exact index of binary codes: every code within a radius of a query is found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import EngineError, IndexFileError
from firebreak.engine.matching.arrayfile import read_arrays, write_arrays
from firebreak.engine.matching.hits import Hits
from firebreak.engine.matching.multi_index import Plan, Tables, best_plan
from firebreak.engine.matching.segment import Segment
from firebreak.engine.matching.sorted_tables import SortedTables, best_width

_KIND: Final = "firebreak hamming index"
_VERSION: Final = 1
_SMALLEST_SEGMENT: Final = 1024
_ROOM: Final = 1 / 128  # of the codes there are, how many more are prepared for
_NO_FIT: Final = "restore it from a backup or build it anew"


class UnfitCodesError(EngineError, ValueError):
    """Codes, keys or a radius that an index cannot take."""


class HammingIndex:
    """Codes of `bits` bits, each with a key; at most `bytes_per_code` bytes a code once it is compact.

    A code takes `bits / 8 + 4` bytes. What `bytes_per_code` leaves over goes into tables, which `compact` and `save`
    build and which searches use by themselves where they are faster than comparing every code: with 40 bytes for 256
    bits, on a radius up to about 2; with 71, up to 31 and beyond.

    One thread may change the index while others search it; a search under way may or may not see the change.
    """

    def __init__(self, bits: int = 256, bytes_per_code: int = 40) -> None:
        if bits <= 0 or bits % 64:
            raise UnfitCodesError(f"codes of {bits} bits cannot be indexed", "use a multiple of 64")
        self._words = bits // 64
        self._bytes_per_code = bytes_per_code
        self._segments: list[Segment] = []
        self._next_key = 0

    def __len__(self) -> int:
        return sum(segment.live for segment in self._segments)

    @property
    def bits(self) -> int:
        return self._words * 64

    @property
    def nbytes(self) -> int:
        """How many bytes the index takes, room for additions included."""
        return sum(segment.nbytes for segment in self._segments)

    def add(self, codes: NDArray[np.uint64], keys: NDArray[np.uint32]) -> None:
        """Add codes `(n, bits / 64)` under keys `(n,)`, strictly increasing over all calls.

        Costs no rebuild: the codes are searched one by one until the next `compact`. Raises UnfitCodesError.
        """
        codes = self._checked(codes, "codes")
        keys = _array(keys, "keys", np.uint32, 1)
        if len(codes) != len(keys):
            raise UnfitCodesError(f"there are {len(codes)} codes and {len(keys)} keys", "give every code one key")
        if not len(keys):
            return
        if int(keys[0]) < self._next_key or not (keys[1:] > keys[:-1]).all():
            raise UnfitCodesError("the keys do not increase", f"give each key once, in order, from {self._next_key} on")
        fitting = min(self._segments[-1].room, len(keys)) if self._segments else 0
        if fitting:
            self._segments[-1].append(codes[:fitting], keys[:fitting])
        if fitting < len(keys):
            # Little room, so that memory stays within bounds, but more as the index grows, so that segments stay few.
            capacity = max(len(keys) - fitting, _SMALLEST_SEGMENT, int(_ROOM * len(self)))
            segment = Segment.empty(self._words, capacity)
            segment.append(codes[fitting:], keys[fitting:])
            self._segments.append(segment)
        self._next_key = int(keys[-1]) + 1

    def remove(self, keys: NDArray[np.uint32]) -> int:
        """Remove codes by their keys, shape `(n,)`; return how many were there. Raises UnfitCodesError."""
        wanted = np.unique(_array(keys, "keys", np.uint32, 1))
        count = 0
        for segment, _, positions in self._found(wanted):
            if len(positions):
                segment.remove(positions)
                count += len(positions)
        return count

    def codes(self, keys: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """Return the codes `(n, bits / 64)` of keys `(n,)`. Raises UnfitCodesError for a key that is not there."""
        keys = _array(keys, "keys", np.uint32, 1)
        codes = np.empty((len(keys), self._words), np.uint64)
        missing = np.ones(len(keys), bool)
        for segment, which, positions in self._found(keys):
            codes[which] = segment.columns[:, positions].T
            missing[which] = False
        if missing.any():
            raise UnfitCodesError(
                f"the index has no key {keys[missing][0]}", "ask for keys that were added, not removed"
            )
        return codes

    def search(self, queries: NDArray[np.uint64], radius: int, threads: int = 1, limit: int | None = None) -> Hits:
        """Return every code within `radius` bits of each of the queries `(q, bits / 64)`.

        With a `limit`, only so many of the nearest a query, of equally near ones those with the lowest keys; the rest
        is dropped on the way, so that memory stays small where millions of codes are alike. Raises UnfitCodesError.
        """
        queries = self._checked(queries, "queries")
        if radius < 0 or threads < 1 or (limit is not None and limit < 1):
            raise UnfitCodesError(
                f"radius {radius}, threads {threads} and limit {limit} make no search",
                "use a radius of 0 or more, 1 thread or more, a limit of 1 or more or none",
            )
        radius = min(radius, self.bits)
        segments = list(self._segments) if len(queries) else []
        calls = [call for s in segments for call in s.searches(queries, radius, limit, threads)]
        if threads == 1 or len(calls) < 2:
            return Hits.merged((part for call in calls for part in call()), limit)
        with ThreadPoolExecutor(threads) as pool:
            parts = [part for found in pool.map(lambda call: call(), calls) for part in found]
        return Hits.merged(parts, limit)

    def compact(self) -> None:
        """Drop what was removed, join what was added and build tables: seconds for millions of codes."""
        if self._is_compact():
            return
        columns, keys = self._kept()
        match self._plan(len(keys)):
            case int(width):
                columns, keys, tables = SortedTables.build(columns, keys, width)
                self._segments = [Segment(columns, keys, len(keys), tables)]
            case plan:
                self._segments = [Segment(columns, keys, len(keys), Tables.build(columns, plan) if plan else None)]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Compact the index and return what it consists of, for keeping in a file of the caller's."""
        self.compact()
        (segment,) = self._segments
        tables = segment.tables.arrays() if segment.tables else {}
        return {"words": segment.columns, "keys": segment.keys, **tables}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], bytes_per_code: int = 40, next_key: int = 0
    ) -> HammingIndex:
        """Take up what `arrays` returned, without copying it.

        `next_key` is the lowest key that may be added, if that is more than one above the highest in use. Raises
        IndexFileError when the arrays do not fit together.
        """
        try:
            words, keys = arrays["words"], arrays["keys"]
        except KeyError as error:
            raise IndexFileError(f"the index lacks its {error}", _NO_FIT) from error
        if words.ndim != 2 or not len(words) or keys.shape != words.shape[1:]:
            raise IndexFileError(f"the index has codes of shape {words.shape}, keys of {keys.shape}", _NO_FIT)
        index = cls(64 * len(words), bytes_per_code)
        sorted_tables = SortedTables.from_arrays(arrays, len(keys), len(words))
        increasing = keys[sorted_tables.rank] if sorted_tables else keys
        if words.dtype != np.uint64 or keys.dtype != np.uint32 or not (increasing[1:] > increasing[:-1]).all():
            raise IndexFileError("the codes of the index are not 64-bit words, or its keys do not increase", _NO_FIT)
        tables = sorted_tables or Tables.from_arrays(arrays, len(keys), len(words))
        index._segments = [Segment(words, keys, len(keys), tables)]
        index._next_key = max(next_key, int(increasing[-1]) + 1 if len(keys) else 0)
        return index

    def save(self, path: Path) -> None:
        """Compact the index and write it to one file, whole or not at all. Raises OSError."""
        meta = {"bytes_per_code": self._bytes_per_code, "next_key": self._next_key}
        write_arrays(path, _KIND, _VERSION, self.arrays(), meta)

    @classmethod
    def load(cls, path: Path, *, verify: bool = True) -> HammingIndex:
        """Map a saved index; processes that load the same file share its memory.

        `verify` reads it all once to compare checksums. Raises IndexFileError when it is damaged, OSError when it
        cannot be opened.
        """
        arrays, meta = read_arrays(path, _KIND, _VERSION, verify=verify)
        match meta:
            case {"bytes_per_code": int(bytes_per_code), "next_key": int(next_key)}:
                return cls.from_arrays(arrays, bytes_per_code, next_key)
        raise IndexFileError(f"{path} is damaged: it does not say how it was built", _NO_FIT)

    def _kept(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Return columns and keys of all live codes, in one piece each."""
        kept = [segment.kept() for segment in self._segments]
        if len(kept) == 1:
            return np.ascontiguousarray(kept[0][0]), np.ascontiguousarray(kept[0][1])
        columns = np.concatenate([np.empty((self._words, 0), np.uint64), *(columns for columns, _ in kept)], axis=1)
        return columns, np.concatenate([np.empty(0, np.uint32), *(keys for _, keys in kept)])

    def _plan(self, codes: int) -> Plan | int | None:
        """Return the plan of tables for so many codes, of sorted ones the width, None where a scan is better."""
        code_and_key, removed = self._words * 8 + 4, 1 / 8
        spare = self._bytes_per_code - code_and_key * (1 + _ROOM) - removed
        return best_width(codes, self._words, spare) or best_plan(codes, self._words, spare)

    def _is_compact(self) -> bool:
        match self._segments:
            case [segment] if segment.live == len(segment.keys) and not segment.room:
                return segment.tables is not None or self._plan(segment.live) is None
        return False

    def _found(self, keys: NDArray[np.uint32]) -> Iterator[tuple[Segment, NDArray[np.int64], NDArray[np.int64]]]:
        """Give, for every segment, which of the keys are live in it and at what positions."""
        for segment in self._segments:
            lowest, highest = segment.bounds() if len(segment.keys) else (1, 0)
            which = np.flatnonzero((keys >= lowest) & (keys <= highest))
            positions = segment.find(keys[which])
            live = positions >= 0
            yield segment, which[live], positions[live]

    def _checked(self, codes: NDArray[np.uint64], name: str) -> NDArray[np.uint64]:
        codes = _array(codes, name, np.uint64, 2)
        if codes.shape[1] != self._words:
            raise UnfitCodesError(
                f"{name} have {codes.shape[1]} words of 64 bits, this index has {self._words}",
                f"use (n, {self._words})",
            )
        return codes


def _array(values: object, name: str, dtype: type[np.generic], dimensions: int) -> NDArray[Any]:
    if not isinstance(values, np.ndarray) or values.dtype != dtype or values.ndim != dimensions:
        given = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
        raise UnfitCodesError(f"{name} are {given}", f"use a {dimensions}-dimensional array of {np.dtype(dtype)}")
    return np.ascontiguousarray(values)


def compile_kernels() -> None:
    """Compile what searching needs: all signatures are given, so that importing this module was enough."""
