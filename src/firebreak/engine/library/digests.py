"""Digests of one kind, sorted, so that one is found by halving; and the rows that have them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


class Digests:
    """Columns of a base file."""

    def __init__(self, words: NDArray[np.uint64], rows: NDArray[np.uint32]) -> None:
        types = words.dtype == np.uint64 and rows.dtype == np.uint32
        if words.ndim != 2 or rows.shape != words.shape[1:] or not types:
            raise ValueError("digests and their rows do not fit together")
        self._words = words  # (bytes / 8, n), the first words in order
        self._rows = rows  # (n,)

    @classmethod
    def sorted(cls, words: NDArray[np.uint64], rows: NDArray[np.uint32]) -> Self:
        """Sort digests `(n, bytes / 8)` of `rows`."""
        order = np.argsort(words[:, 0], kind="stable")
        return cls(np.ascontiguousarray(words[order].T), rows[order])

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> int:
        """How many bytes a digest has."""
        return 8 * len(self._words)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"words": self._words, "rows": self._rows}

    def rows(self, digests: NDArray[np.uint64]) -> list[list[int]]:
        """Return the rows that have each of the digests, shape `(n, bytes / 8)` or wider."""
        first = np.searchsorted(self._words[0], digests[:, 0], side="left").tolist()
        last = np.searchsorted(self._words[0], digests[:, 0], side="right").tolist()
        digests = digests[:, : len(self._words)]
        return [self._equal(digest, slice(a, b)) for digest, a, b in zip(digests, first, last, strict=True)]

    def content(self, part: slice) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Return digests `(n, bytes / 8)` and their rows."""
        return self._words[:, part].T, self._rows[part]

    def _equal(self, digest: NDArray[np.uint64], part: slice) -> list[int]:
        same = (digest == self._words[:, part].T).all(axis=1)
        return [int(row) for row in self._rows[part][same]]
