"""The first half of PDQ: a picture of any size becomes 64 x 64 brightness values."""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from firebreak.engine.media.source import Luma
from firebreak.engine.signals.pdq.band import SAMPLES, Band, band, both_ways

_PIXELS = types.Array(types.uint8, 1, "C", readonly=True)
_START = types.Array(types.int64, 1, "C", readonly=True)
_WEIGHTS = types.Array(types.float32, 2, "C", readonly=True)
_SQUARE = types.Array(types.float64, 2, "C")


def reduce(luma: Luma) -> NDArray[np.float64]:
    """Return PDQ's 64 x 64 means of `luma`, shape `(height, width)` with any strides, in its own unit.

    The result depends on the pixels alone, never on how they lie in memory.
    """
    height, width = luma.shape
    return _reduce(luma, band(height), band(width))


def reduce_mirrored(luma: Luma) -> NDArray[np.float64]:
    """Return, shape `(2, 2, 64, 64)`, what `reduce` gives for `luma` and its mirror images.

    The first index says whether it stands upside down, the second whether left and right are exchanged.
    """
    height, width = luma.shape
    views = _reduce(luma, both_ways(height), both_ways(width))
    return views.reshape(2, SAMPLES, 2, SAMPLES).swapaxes(1, 2)


def _reduce(luma: Luma, rows: Band, columns: Band) -> NDArray[np.float64]:
    """Return rows X columns^T for a picture that lies in memory in any way."""
    if luma.strides[0] < 0:
        luma, rows = luma[::-1], rows.backwards()
    if luma.strides[1] < 0:
        luma, columns = luma[:, ::-1], columns.backwards()
    if luma.strides[1] != 1 and luma.strides[0] == 1:
        return _reduce_rows(luma.T, columns, rows).T
    return _reduce_rows(luma if luma.strides[1] == 1 else np.ascontiguousarray(luma), rows, columns)


def _reduce_rows(luma: Luma, rows: Band, columns: Band) -> NDArray[np.float64]:
    """Return the same for a picture whose rows are contiguous and lie in memory in their order."""
    (height, width), stride = luma.shape, luma.strides[0]
    # One long row from the first pixel to the last: the compiler then knows that neighbours touch.
    pixels = as_strided(luma, ((height - 1) * stride + width,), (1,), writeable=False)
    sums = _weighted_sums(pixels, stride, width, rows.start, rows.weights, columns.start, columns.weights)
    return sums / (rows.divisor[:, None] * columns.divisor)


# "reassoc" lets the compiler add in any order. With whole numbers that changes nothing but the time.
@njit(
    _SQUARE(_PIXELS, types.int64, types.int64, _START, _WEIGHTS, _START, _WEIGHTS),
    cache=True,
    nogil=True,
    fastmath={"reassoc"},
)
def _weighted_sums(
    pixels: NDArray[np.uint8],
    stride: int,
    width: int,
    row_start: NDArray[np.int64],
    row_weights: NDArray[np.float32],
    column_start: NDArray[np.int64],
    column_weights: NDArray[np.float32],
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """V X H^T, down the columns first: that part sees every pixel, and neighbours fill a vector register."""
    sums = np.empty((row_start.shape[0], column_start.shape[0]), np.float64)
    line = np.empty(width, np.float32)
    for i in range(sums.shape[0]):
        line[:] = 0
        for k in range(row_weights.shape[1]):
            begin = (row_start[i] + k) * stride
            row = pixels[begin : begin + width]
            weight = row_weights[i, k]
            for x in range(line.shape[0]):
                line[x] += weight * np.float32(row[x])
        for j in range(sums.shape[1]):
            seen = line[column_start[j] : column_start[j] + column_weights.shape[1]]
            total = 0.0
            for k in range(seen.shape[0]):
                total += np.float64(column_weights[j, k]) * np.float64(seen[k])
            sums[i, j] = total
    return sums
