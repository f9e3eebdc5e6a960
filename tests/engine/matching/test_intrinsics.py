"""Instructions within kernels do what plain Python would."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray

from firebreak.engine.matching.intrinsics import LANES, near, popcount, trailing_zeros


@njit(nogil=True)
def _near(array: NDArray[Any], index: int, value: int, mask: int, most: int) -> Any:
    return near(array, index, value, mask, most)


@njit(nogil=True)
def _bits(word: np.uint64) -> tuple[int, int]:
    return popcount(word), trailing_zeros(word)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint64])
@given(
    seed=st.integers(0, 2**32),
    index=st.integers(0, 5),
    value=st.integers(0, 2**16 - 1),
    mask=st.integers(0, 2**16 - 1),
    most=st.integers(0, 16),
)
def test_numbers_are_near_that_differ_in_few_bits(
    dtype: type[Any], seed: int, index: int, value: int, mask: int, most: int
) -> None:
    lanes = LANES[np.dtype(dtype).itemsize * 8]
    numbers = np.random.default_rng(seed).integers(0, 2**16, lanes + 5).astype(dtype)
    expected = sum(
        (((int(n) ^ value) & mask).bit_count() <= most) << i for i, n in enumerate(numbers[index : index + lanes])
    )
    assert int(_near(numbers, index, value, mask, most)) == expected


@given(st.integers(1, 2**64 - 1))
def test_bits_are_counted(word: int) -> None:
    assert _bits(np.uint64(word)) == (word.bit_count(), (word & -word).bit_length() - 1)
