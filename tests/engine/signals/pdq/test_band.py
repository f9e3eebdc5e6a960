import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.signals.pdq.band import SAMPLES, Band, band, both_ways


def dense(band: Band) -> NDArray[np.float64]:
    matrix = np.zeros((len(band.start), band.length))
    for row, start, weights, divisor in zip(matrix, band.start, band.weights, band.divisor, strict=True):
        row[start : start + len(weights)] = weights / divisor
    return matrix


def box(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """One pass of PDQ's box filter down the columns, as the reference words it."""
    length = len(values)
    window = -(-length // 128)
    half = (window + 2) // 2
    return np.array([values[max(0, i - (window - half)) : i + half].mean(axis=0) for i in range(length)])


@settings(deadline=None)
@given(st.integers(1, 700))
def test_is_two_boxes_and_a_choice_of_pixels(length: int) -> None:
    chosen = [int((i + 0.5) * length / SAMPLES) for i in range(SAMPLES)]
    np.testing.assert_allclose(dense(band(length)), box(box(np.eye(length)))[chosen], atol=1e-12)


@pytest.mark.parametrize("length", [1080, 1920, 1536])
def test_is_so_for_the_sides_of_films(length: int) -> None:
    chosen = [int((i + 0.5) * length / SAMPLES) for i in range(SAMPLES)]
    np.testing.assert_allclose(dense(band(length)), box(box(np.eye(length)))[chosen], atol=1e-12)


@settings(deadline=None)
@given(st.integers(1, 40_000))
def test_every_sample_is_a_mean_of_pixels_within(length: int) -> None:
    made = band(length)
    assert made.start.min() >= 0
    assert made.start.max() + made.weights.shape[1] <= length
    assert made.weights.min() >= 0
    assert (made.weights.sum(axis=1, dtype=np.float64) == made.divisor).all()


def test_takes_a_side_of_64_as_it_is() -> None:
    np.testing.assert_array_equal(dense(band(64)), np.eye(64))


@settings(deadline=None)
@given(st.integers(1, 3000))
def test_backwards_is_the_same_for_the_reversed_side(length: int) -> None:
    np.testing.assert_array_equal(dense(band(length).backwards()), dense(band(length))[:, ::-1])
    np.testing.assert_array_equal(
        dense(both_ways(length)), np.concatenate([dense(band(length)), dense(band(length))[:, ::-1]])
    )


def test_what_is_shared_cannot_be_changed() -> None:
    for array in (band(100).weights, band(100).start, both_ways(100).divisor):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
