"""The weights with which PDQ turns one side of a picture, of any length, into 64 samples.

PDQ blurs with a box filter along each side, twice, and then takes 64 samples a side (`jaroszFilterFloat` and
`decimateFloat` in the reference: facebook/ThreatExchange, pdq/cpp/downscaling). All of that is linear and each side
is treated by itself, so the reduced picture is V X H^T, with matrices that depend on nothing but the height and the
width. Row i of such a matrix is zero outside a short band: the pixels that sample i sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SAMPLES: Final = 64


@dataclass(frozen=True, slots=True)
class Band:
    """A banded matrix of shape `(n, length)`: row i is `weights[i] / divisor[i]` from column `start[i]` on.

    The weights are whole numbers. Sums over 8-bit pixels are therefore exact, in whatever order they are made
    (float32 holds them for sides up to 5120 pixels, and nearly so beyond).
    """

    length: int
    start: NDArray[np.int64]  # (n,)
    weights: NDArray[np.float32]  # (n, w)
    divisor: NDArray[np.float64]  # (n,)

    def backwards(self) -> Band:
        """Return the matrix that gives the same samples when the side is reversed."""
        start = self.length - self.weights.shape[1] - self.start
        return Band(self.length, _constant(start), _constant(self.weights[:, ::-1].copy()), self.divisor)

    def over(self, other: Band) -> Band:
        """Return one matrix with the rows of this one above those of another of the same band width."""
        return Band(
            self.length,
            _constant(np.concatenate([self.start, other.start])),
            _constant(np.concatenate([self.weights, other.weights])),
            _constant(np.concatenate([self.divisor, other.divisor])),
        )


@lru_cache(maxsize=64)
def band(length: int) -> Band:
    """Return the matrix for a side of `length` pixels: 64 rows."""
    window = (length + 2 * SAMPLES - 1) // (2 * SAMPLES)
    after = (window + 2) // 2 - 1
    before = window - 1 - after
    centre = (2 * np.arange(SAMPLES) + 1) * length // (2 * SAMPLES)
    # The second box is the mean of `window` values of the first; it never reaches over the edge, the first box may.
    values = centre[:, None] + np.arange(-before, after + 1)
    low, high = np.maximum(values - before, 0), np.minimum(values + after, length - 1)
    common = np.lcm.reduce(high - low + 1, axis=1)
    share = common[:, None] // (high - low + 1)
    start = np.minimum(low[:, 0], length - (2 * window - 1))
    steps = np.zeros((SAMPLES, 2 * window), np.int64)
    rows = np.arange(SAMPLES)[:, None]
    np.add.at(steps, (rows, low - start[:, None]), share)
    np.add.at(steps, (rows, high + 1 - start[:, None]), -share)
    weights = steps.cumsum(axis=1)[:, :-1].astype(np.float32)
    return Band(length, _constant(start), _constant(weights), _constant((common * window).astype(np.float64)))


@lru_cache(maxsize=64)
def both_ways(length: int) -> Band:
    """Return the matrix for a side taken forwards and then backwards: 128 rows."""
    forwards = band(length)
    return forwards.over(forwards.backwards())


def _constant(array: NDArray[Any]) -> NDArray[Any]:
    """Return `array`, which is shared from now on, as one that nobody can change."""
    array.flags.writeable = False
    return array
