"""The weights with which PDQ's blur and decimation turn one side of a picture, of any length, into 64 samples.

PDQ blurs with two box filters along each side, then takes 64 samples ("Jarosz filter" and "decimation" in the
reference implementation, facebook/ThreatExchange, pdq/cpp/downscaling). All of it is linear and works on each side by
itself, so the reduced picture is V X H^T with two sparse matrices that depend on nothing but the height and the
width. Row i of such a matrix is zero outside a short band: the pixels that sample i sees.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLES: Final = 64


@dataclass(frozen=True, slots=True)
class Band:
    """A banded matrix of shape `(64, length)`: row i has `weights[i] / divisor[i]` from column `start[i]` on.

    The weights are whole numbers, so that sums over 8-bit pixels are exact and the order of summing is of no account.
    """

    length: int
    start: NDArray[np.int64]  # (64,)
    weights: NDArray[np.float32]  # (64, w); all bands have the same width w and lie within the side
    divisor: NDArray[np.float64]  # (64,)

    def reversed(self) -> Band:
        """Return the matrix for a side that is stored back to front."""
        width = self.weights.shape[1]
        return Band(self.length, self.length - width - self.start, _frozen(self.weights[:, ::-1]), self.divisor)


@lru_cache(maxsize=64)
def band(length: int) -> Band:
    """Return the matrix for a side of `length` >= 1 pixels."""
    if length == SAMPLES:  # the reference takes such a side as reduced already; its filter would do nothing either
        pass
    rows = [_row(length, i) for i in range(SAMPLES)]
    width = max(max(row) - min(row) + 1 for row, _ in rows)
    start = np.array([min(min(row), length - width) for row, _ in rows])
    weights = np.zeros((SAMPLES, width), np.float32)
    for i, (row, _) in enumerate(rows):
        for pixel, weight in row.items():
            weights[i, pixel - start[i]] = weight
    divisor = np.array([float(divisor) for _, divisor in rows])
    return Band(length, _frozen(start), _frozen(weights), _frozen(divisor))
