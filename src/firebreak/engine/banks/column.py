"""A column that starts as a read-only map of a file and grows in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Column:
    """Values of one type. Appending is cheap; the first look after it joins the new values to the old ones."""

    def __init__(self, dtype: DTypeLike, stored: NDArray[Any] | None = None) -> None:
        self._values = np.empty(0, dtype) if stored is None else stored
        self._fresh: list[NDArray[Any]] = []
        self._length = len(self._values)

    def __len__(self) -> int:
        return self._length

    def extend(self, values: Iterable[Any] | NDArray[Any]) -> None:
        fresh = np.asarray(values, self._values.dtype)
        self._fresh.append(fresh)
        self._length += len(fresh)

    @property
    def values(self) -> NDArray[Any]:
        if self._fresh:
            self._values = np.concatenate([self._values, *self._fresh])
            self._fresh = []
        return self._values
