"""Pictures that fit cross untouched; larger ones become the mean of whole boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from firebreak.engine.media.sandbox import shrink
from firebreak.engine.media.source import Luma


def shrunk(luma: Luma, capacity: int) -> Luma:
    down, across = shrink.factors(*luma.shape, capacity)  # type: ignore[call-arg]  # two sides
    out = np.zeros((luma.shape[0] // down, luma.shape[1] // across), np.uint8)
    shrink.box_mean(luma, down, across, out)
    return out


@given(st.integers(1, 40_000), st.integers(1, 40_000))
def test_the_result_fits_and_is_as_large_as_one_factor_allows(height: int, width: int) -> None:
    capacity = 1_000_000
    down, across = shrink.factors(height, width, capacity)
    assert 1 <= (height // down) * (width // across) <= capacity
    if min(height, width) >= 40:  # no strip
        assert down == across
        less = down - 1
        assert less == 0 or height * width > capacity * less * less


@pytest.mark.parametrize(("height", "width"), [(1, 100_000_000), (100_000_000, 1), (3, 9_000_000)])
def test_strips_fit_too(height: int, width: int) -> None:
    down, across = shrink.factors(height, width, 4_194_304)
    assert 1 <= (height // down) * (width // across) <= 4_194_304


@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))),
    st.integers(1, 30),
    st.booleans(),
)
def test_each_pixel_is_the_rounded_mean_of_its_box(luma: Luma, capacity: int, turned: bool) -> None:
    luma = luma.T[::-1] if turned else luma
    down, across = shrink.factors(luma.shape[0], luma.shape[1], capacity)
    rows, columns = luma.shape[0] // down, luma.shape[1] // across
    boxes = luma[: rows * down, : columns * across].reshape(rows, down, columns, across)
    wanted = np.floor(boxes.mean(axis=(1, 3), dtype=np.float64) + 0.5)
    assert np.array_equal(shrunk(luma, capacity), wanted)


def test_white_stays_white_in_the_largest_boxes() -> None:
    for side in (160, 170):  # boxes of 256 pixels, the most that 16 bits hold, and of 289
        assert np.all(shrunk(np.full((side, side), 255, np.uint8), 100) == 255)
