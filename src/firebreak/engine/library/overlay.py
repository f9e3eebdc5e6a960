"""What came since the base file was built, in this process's memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.library.changes import CODE_BYTES, DIGEST_BYTES, Signals
from firebreak.engine.library.growing import Growing


class Overlay:
    """Rows from `first` on, in the order in which they came. One thread changes it, any may read."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._columns = {
            "signal": Growing(np.int64),
            "reference": Growing(np.int64),
            "kind": Growing(np.uint8),
            "code": Growing(np.uint8, (CODE_BYTES,)),
            "time": Growing(np.float32),
        }
        self._rows: dict[int, int] = {}  # of each live signal
        self._digests: dict[tuple[int, bytes], tuple[int, ...]] = {}

    def __len__(self) -> int:
        """How many rows there are, dead ones among them."""
        return len(self._columns["signal"])

    def __contains__(self, signal: int) -> bool:
        return signal in self._rows

    def append(self, signals: Signals) -> NDArray[np.int64]:
        """Add signals that are not there and return their rows."""
        rows = self._first + len(self) + np.arange(len(signals))
        for name, column in self._columns.items():
            column.append(getattr(signals, name))
        self._rows.update(zip(signals.signal.tolist(), rows.tolist(), strict=True))
        for position in np.flatnonzero(np.isin(signals.kind, list(DIGEST_BYTES))):
            digest = _digest(int(signals.kind[position]), signals.code[position])
            self._digests[digest] = (*self._digests.get(digest, ()), int(rows[position]))
        return rows

    def remove(self, signals: list[int]) -> NDArray[np.int64]:
        """Remove signals and return the rows of those that were there."""
        rows = np.array([self._rows.pop(signal) for signal in signals if signal in self._rows], np.int64)
        gone = self._signals(rows)
        for row, kind, code in zip(rows.tolist(), gone.kind.tolist(), gone.code, strict=True):
            if kind in DIGEST_BYTES:
                self._forget(_digest(kind, code), row)
        return rows

    def live(self) -> Signals:
        return self._signals(np.array(sorted(self._rows.values()), np.int64))

    def exact(self, kind: int, code: NDArray[np.uint8]) -> tuple[int, ...]:
        """Return the rows with a digest, given as a code of 32 bytes."""
        return self._digests.get(_digest(kind, code), ())

    def column(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        return self._columns[name].take(rows - self._first)

    def _forget(self, digest: tuple[int, bytes], row: int) -> None:
        left = tuple(other for other in self._digests[digest] if other != row)
        if left:
            self._digests[digest] = left
        else:
            del self._digests[digest]

    def _signals(self, rows: NDArray[np.int64]) -> Signals:
        return Signals(**{name: self.column(name, rows) for name in self._columns})


def _digest(kind: int, code: NDArray[np.uint8]) -> tuple[int, bytes]:
    return kind, code[: DIGEST_BYTES[kind]].tobytes()
