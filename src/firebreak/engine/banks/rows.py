"""The table behind a bank: one row a reference, its frames' times, and what is told about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.column import Column
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import BankError

MAX_KEY: Final = 2**32 - 1
_TYPES: Final = {
    "first_key": np.uint32,
    "count": np.uint32,
    "sha256": np.uint64,  # the first 64 bits; what is told has the rest
    "md5": np.uint64,
    "told": np.uint8,  # every reference as JSON, one behind the other
    "told_end": np.uint64,
    "times": np.float32,
    "times_end": np.uint64,
}


class Rows:
    """Columns, so that a million references are not a million objects.

    Frames are numbered by ever-growing keys: row `i` owns `count[i]` of them from `first_key[i]` on.
    """

    def __init__(self, stored: Mapping[str, NDArray[Any]] | None = None, next_key: int = 0) -> None:
        stored = stored or {}
        self._columns = {name: Column(dtype, stored.get(name)) for name, dtype in _TYPES.items()}
        self._gone: set[int] = set()
        self._names: dict[str, int] | None = None
        self._knows: dict[str, bool] = {}
        self.next_key = next_key

    def __len__(self) -> int:
        return len(self._columns["count"]) - len(self._gone)

    def live(self) -> Iterator[int]:
        return (row for row in range(len(self._columns["count"])) if row not in self._gone)

    def holds(self, row: int) -> bool:
        return 0 <= row < len(self._columns["count"]) and row not in self._gone

    def reference(self, row: int) -> Reference:
        return Reference.from_bytes(self._slice("told", row).tobytes())

    def named(self, name: str) -> int | None:
        """Return the row of a name; the table of names is made when it is first needed."""
        if self._names is None:
            self._names = {self.reference(row).name: row for row in self.live()}
        return self._names.get(name)

    def find(self, name: str) -> int:
        """Return the row of a name. Raises BankError when there is none."""
        row = self.named(name)
        if row is None:
            raise BankError(f"the bank has no reference named {name!r}", "list the bank to see the names it has")
        return row

    def keys(self, row: int) -> NDArray[np.uint32]:
        """Return the keys of a row's frames, shape `(n,)`."""
        first, count = int(self._values("first_key")[row]), int(self._values("count")[row])
        return np.arange(first, first + count, dtype=np.uint32)

    def all_keys(self) -> NDArray[np.uint32]:
        """Return the keys of all rows' frames in order, those of removed rows included."""
        count = self._values("count").astype(np.int64)
        begins = np.cumsum(count) - count
        steps = np.arange(int(count.sum())) - np.repeat(begins, count)
        return (np.repeat(self._values("first_key"), count) + steps).astype(np.uint32)

    def times(self, row: int) -> NDArray[np.float64]:
        """Return the times (s) of a row's frames, shape `(n,)`."""
        return self._slice("times", row).astype(np.float64)

    def append(self, reference: Reference, times: NDArray[np.float64]) -> NDArray[np.uint32]:
        """Add a row and return the keys of its frames, shape `(n,)`."""
        if self.named(reference.name) is not None:
            raise BankError(
                f"the bank has a reference named {reference.name!r} already",
                "remove it first, or use another name",
            )
        if self.next_key + len(times) > MAX_KEY:
            raise BankError("the bank has used up its 4 billion frame numbers", "start a second bank")
        told, row = reference.to_bytes(), len(self._columns["count"])
        self._extend("first_key", [self.next_key])
        self._extend("count", [len(times)])
        self._extend("sha256", [prefix(reference.sha256)])
        self._extend("md5", [prefix(reference.md5)])
        self._extend("told", np.frombuffer(told, np.uint8))
        self._extend("told_end", [len(self._columns["told"])])
        self._extend("times", times)
        self._extend("times_end", [len(self._columns["times"])])
        self.next_key += len(times)
        self._knows.clear()
        if self._names is not None:
            self._names[reference.name] = row
        return self.keys(row)

    def remove(self, name: str) -> NDArray[np.uint32]:
        """Drop a row and return the keys of its frames."""
        row = self.find(name)
        self._gone.add(row)
        if self._names is not None:
            del self._names[name]
        return self.keys(row)

    def locate(self, keys: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the row and the time (s) of every key."""
        first = self._values("first_key")
        rows = np.searchsorted(first, keys, side="right").astype(np.int64) - 1
        times_start = (self._values("times_end") - self._values("count"))[rows].astype(np.int64)
        times = self._values("times")[times_start + (keys - first[rows])]
        return rows, times.astype(np.float64)

    def exact(self, kind: str, digest: str) -> list[int]:
        """Return the rows whose `sha256` or `md5` is `digest`."""
        candidates = np.flatnonzero(self._values(kind) == prefix(digest)).tolist()
        return [r for r in candidates if r not in self._gone and getattr(self.reference(r), kind) == digest]

    def knows(self, kind: str) -> bool:
        """Tell whether any row has a `sha256`, or has an `md5` and nothing surer."""
        if kind not in self._knows:
            known = self._values(kind) != 0
            self._knows[kind] = bool((known if kind == "sha256" else known & (self._values("sha256") == 0)).any())
        return self._knows[kind]

    def compacted(self) -> dict[str, NDArray[Any]]:
        """Return all columns, without what was removed."""
        keep = np.ones(len(self._columns["count"]), bool)
        keep[list(self._gone)] = False
        return {name: self._kept(name, keep) for name in _TYPES}

    def _kept(self, name: str, keep: NDArray[np.bool_]) -> NDArray[Any]:
        values = self._values(name)
        if keep.all():
            return values
        if name in {"told", "times"}:
            return np.concatenate([values[:0], *(self._slice(name, int(r)) for r in np.flatnonzero(keep))])
        if name.endswith("_end"):
            sizes = np.diff(values, prepend=np.uint64(0))
            return np.cumsum(sizes[keep], dtype=np.uint64)
        return values[keep]

    def _slice(self, name: str, row: int) -> NDArray[Any]:
        ends = self._values(f"{name}_end")
        return self._values(name)[int(ends[row - 1]) if row else 0 : int(ends[row])]

    def _values(self, name: str) -> NDArray[Any]:
        return self._columns[name].values

    def _extend(self, name: str, values: Any) -> None:
        self._columns[name].extend(values)

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[Any]], next_key: int) -> Self:
        """Take the columns up from where `compacted` left them. Raises ValueError when they contradict one another."""
        if any(name not in arrays or arrays[name].shape != (arrays[name].size,) for name in _TYPES):
            raise ValueError("columns are missing")
        if any(arrays[name].dtype != dtype for name, dtype in _TYPES.items()):
            raise ValueError("columns are of the wrong type")
        if len({len(arrays[name]) for name in _TYPES if name not in {"told", "times"}}) != 1:
            raise ValueError("columns differ in length")
        sizes = np.diff(arrays["times_end"], prepend=np.uint64(0))
        first, count = arrays["first_key"].astype(np.uint64), arrays["count"].astype(np.uint64)
        following = np.append(first[1:], np.uint64(next_key))
        if (sizes != count).any() or (first + count > following).any():
            raise ValueError("keys and times do not fit together")
        for name in ("told", "times"):
            ends = arrays[f"{name}_end"]
            if (ends[1:] < ends[:-1]).any() or int(ends[-1] if len(ends) else 0) != len(arrays[name]):
                raise ValueError(f"the ends of {name!r} do not fit")
        return cls(arrays, next_key)


def prefix(digest: str | None) -> int:
    """Return the first 64 bits of a hexadecimal digest, 0 for none."""
    return int(digest[:16], 16) if digest else 0
