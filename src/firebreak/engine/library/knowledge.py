"""One base and what changed since, together: what a library answers from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.known import FrameHits
from firebreak.engine.library.base import Base
from firebreak.engine.library.changes import PDQ, Signals, pdq_of, words_of
from firebreak.engine.library.overlay import Overlay


class Knowledge:
    """Rows of the base, then rows of the overlay. One thread changes it, any may search."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._index = base.index()
        self._overlay = Overlay(len(base))
        self._gone: set[int] = set()  # rows of the base that were removed
        # Signals that may be in a base that was begun before they were removed, even if nobody has seen them.
        self._retracted: set[int] = set()
        self._digests = Counter({kind: len(digests) for kind, digests in base.digests.items()})

    def __len__(self) -> int:
        return len(self._index)

    @property
    def changes(self) -> int:
        return len(self._overlay) + len(self._gone)

    def add(self, signals: Signals) -> None:
        """Add signals; what is there already stays as it is."""
        _, first = np.unique(signals.signal, return_index=True)
        signals = signals.take(np.sort(first))
        self._retracted.difference_update(signals.signal.tolist())
        signals = signals.take(~self._has(signals.signal))
        rows = self._overlay.append(signals)  # before the index leads anyone to them
        pictures = signals.kind == PDQ
        self._index.add(pdq_of(signals.code[pictures]), rows[pictures].astype(np.uint32))
        self._digests.update(signals.kind[~pictures].tolist())
        self.base.release()

    def remove(self, signals: NDArray[np.int64]) -> int:
        """Remove signals; return how many were there."""
        numbers = np.unique(signals)
        self._retracted.update(numbers.tolist())
        in_base = [row for row in self.base.rows(numbers).tolist() if row >= 0 and row not in self._gone]
        rows = np.concatenate([np.array(in_base, np.int64), self._overlay.remove(numbers.tolist())])
        self._gone.update(in_base)
        self._index.remove(rows.astype(np.uint32))
        self._digests.subtract(self._column("kind", rows).tolist())
        self.base.release()
        return len(rows)

    def moved_to(self, base: Base) -> Knowledge:
        """Return the same knowledge on a newer base, with only those changes that it does not hold."""
        moved, added = Knowledge(base), self._overlay.live()
        added = added.take(~base.holds(added))
        retracted = np.array(sorted(self._retracted), np.int64)
        moved.remove(np.concatenate([retracted[base.rows(retracted) >= 0], added.signal]))
        moved.add(added)  # lets go of what was touched of the base
        return moved

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int, limit: int) -> FrameHits:
        hits = self._index.search(codes, radius, threads, limit)
        rows = hits.key.astype(np.int64)
        reference, time = self._column("reference", rows), self._column("time", rows)
        if len(rows):
            self.base.release()
        return FrameHits(
            hits.query.astype(np.int64), reference, time.astype(np.float64), hits.distance.astype(np.int64)
        )

    def exact(self, kind: int, code: NDArray[np.uint8]) -> set[int]:
        """Return the references with a digest, given as a code of 32 bytes."""
        (in_base,) = self.base.digests[kind].rows(words_of(code[None]))
        rows = [*(row for row in in_base if row not in self._gone), *self._overlay.exact(kind, code)]
        references = set(self._column("reference", np.array(rows, np.int64)).tolist())
        self.base.release()
        return references

    def knows(self, kind: int) -> bool:
        return self._digests[kind] > 0

    def signals(self) -> Iterator[Signals]:
        """Give all that is known, in batches."""
        for batch in self.base.batches():
            rows = self.base.rows(batch.signal).tolist()
            yield batch.take(np.array([row not in self._gone for row in rows], bool))
        self.base.release()
        yield self._overlay.live()

    def _has(self, signals: NDArray[np.int64]) -> NDArray[np.bool_]:
        rows = zip(signals.tolist(), self.base.rows(signals).tolist(), strict=True)
        return np.array([n in self._overlay or (row >= 0 and row not in self._gone) for n, row in rows], bool)

    def _column(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        if not len(rows):
            return np.empty(0, getattr(self.base, name).dtype)
        old = rows < len(self.base)
        values = np.empty(len(rows), getattr(self.base, name).dtype)
        values[old], values[~old] = getattr(self.base, name)[rows[old]], self._overlay.column(name, rows[~old])
        return values
