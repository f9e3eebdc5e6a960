"""The second half of PDQ: 64 x 64 brightness values become 16 x 16 frequencies and a quality."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from firebreak.engine.signals.pdq.band import SAMPLES

FREQUENCIES = 16
_SQUARE = types.Array(types.float64, 2, "C", readonly=True)


def _cosines() -> NDArray[np.float64]:
    """Return the rows of the orthonormal DCT-II for frequencies 1 to 16, shape `(16, 64)`: all but the mean."""
    angles = np.outer(np.arange(1, FREQUENCIES + 1), 2 * np.arange(SAMPLES) + 1) * np.pi / (2 * SAMPLES)
    return math.sqrt(2 / SAMPLES) * np.cos(angles)


_DOWN = _cosines()
_ACROSS = np.ascontiguousarray(_DOWN.T)


def transform(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 16 x 16 coefficients D A D^T of a 64 x 64 picture, vertical frequencies first."""
    return _product(_product(_DOWN, np.ascontiguousarray(square)), _ACROSS)


@njit(types.float64[:, ::1](_SQUARE, _SQUARE), cache=True, nogil=True)
def _product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """a b, summed in one fixed order: BLAS picks its own on every processor, and the same picture must have the
    same code everywhere."""
    product = np.zeros((a.shape[0], b.shape[1]), np.float64)
    for i in range(a.shape[0]):
        row = product[i]
        for k in range(a.shape[1]):
            factor, other = a[i, k], b[k]
            for j in range(row.shape[0]):
                row[j] += factor * other[j]
    return product


@njit(types.int64(_SQUARE), cache=True, nogil=True)
def _gradients(square: NDArray[np.float64]) -> int:  # pragma: no cover - compiled
    """Sum of the differences between neighbours, each in whole per cent of full scale."""
    total = 0
    for i in range(square.shape[0]):
        for j in range(square.shape[1]):
            if i:
                total += int(abs(square[i, j] - square[i - 1, j]) * 100 / 255)
            if j:
                total += int(abs(square[i, j] - square[i, j - 1]) * 100 / 255)
    return total


def quality(square: NDArray[np.float64]) -> int:
    """Return 0 (flat) to 100 (detailed everywhere) for a 64 x 64 picture on the scale 0..255.

    `pdqImageDomainQualityMetric` in the reference: a ninetieth of the summed differences between neighbours.
    """
    return min(100, int(_gradients(np.ascontiguousarray(square))) // 90)
