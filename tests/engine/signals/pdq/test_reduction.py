from collections.abc import Callable

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from firebreak.engine.signals.pdq.band import SAMPLES, band
from firebreak.engine.signals.pdq.reduction import reduce, reduce_mirrored
from tests.engine.signals.pdq.test_band import dense
from tests.engine.signals.pictures import Plane, mosaic

SIZES = [(5, 5), (5, 3000), (64, 64), (63, 65), (128, 256), (333, 200), (512, 512), (721, 1283)]


def inside(picture: Plane) -> Plane:
    """The same pixels in the middle of a larger frame, as decoders pad theirs."""
    height, width = picture.shape
    frame = np.full((height + 4, width + 70), 77, np.uint8)
    frame[2:-2, 30 : 30 + width] = picture
    return frame[2:-2, 30 : 30 + width]


def spread(picture: Plane) -> Plane:
    """The same pixels as one plane of an interleaved picture."""
    return np.stack([picture, ~picture, picture], axis=2)[:, :, 0]


def read_only(picture: Plane) -> Plane:
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(picture.shape)


LAYOUTS: dict[str, Callable[[Plane], Plane]] = {
    "padded": inside,
    "interleaved": spread,
    "read-only": read_only,
    "columns first": np.asfortranarray,
    "bottom up": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "right to left": lambda a: np.ascontiguousarray(a[:, ::-1])[:, ::-1],
    "turned by 90": lambda a: np.rot90(np.ascontiguousarray(np.rot90(a, -1))),
    "turned by 180": lambda a: np.rot90(np.ascontiguousarray(np.rot90(a, 2)), 2),
    "turned by 270": lambda a: np.rot90(np.ascontiguousarray(np.rot90(a)), -1),
    "every other pixel": lambda a: np.repeat(np.repeat(a, 2, axis=0), 2, axis=1)[::2, ::2],
}


@pytest.mark.parametrize("size", SIZES)
def test_is_the_product_of_its_matrices(size: tuple[int, int]) -> None:
    picture = mosaic("reduction", *size)
    rows, columns = (dense(band(side)) for side in size)
    np.testing.assert_allclose(reduce(picture), rows @ picture.astype(float) @ columns.T, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_does_not_depend_on_how_the_pixels_lie(size: tuple[int, int], layout: str) -> None:
    picture = mosaic("layout", *size)
    laid_out = LAYOUTS[layout](picture)
    assert (laid_out == picture).all()
    assert (reduce(laid_out) == reduce(picture)).all()
    assert (reduce_mirrored(laid_out) == reduce_mirrored(picture)).all()


def test_one_row_may_stand_for_all() -> None:
    row = mosaic("row", 1, 300)
    assert (reduce(as_strided(row, (200, 300), (0, 1))) == reduce(np.repeat(row, 200, axis=0))).all()


@pytest.mark.parametrize("size", SIZES)
def test_mirrored_is_what_mirrored_pixels_give(size: tuple[int, int]) -> None:
    picture = mosaic("mirror", *size)
    views = reduce_mirrored(picture)
    assert views.shape == (2, 2, SAMPLES, SAMPLES)
    for i, rows in enumerate((picture, picture[::-1])):
        for j, view in enumerate((rows, rows[:, ::-1])):
            assert (views[i, j] == reduce(np.ascontiguousarray(view))).all()
