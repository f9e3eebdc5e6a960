"""A column that one thread appends to while others read."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

_SMALLEST: Final = 256


class Growing:
    """Values of one type and shape. Whoever knows of a position finds its value there, whatever is appended."""

    def __init__(self, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> None:
        self._room = np.empty((0, *shape), dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def append(self, values: NDArray[Any]) -> None:
        end = self._size + len(values)
        if end > len(self._room):
            larger = np.empty((max(end, 2 * self._size, _SMALLEST), *self._room.shape[1:]), self._room.dtype)
            larger[: self._size] = self._room[: self._size]
            self._room = larger
        self._room[self._size : end] = values
        self._size = end

    def take(self, positions: NDArray[np.int64]) -> NDArray[Any]:
        return self._room[positions]
