"""The pixels are those of the picture, and stay when it goes."""

import gc

import numpy as np
import pytest
from PIL import Image

from firebreak.engine.media.open import preload
from firebreak.engine.media.pixels import plane


def noise(height: int, width: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(height).integers(0, 256, (height, width), np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (3, 1000), (333, 7), (5000, 4001)])
def test_pixels_are_those_of_the_picture(shape: tuple[int, int]) -> None:
    preload()
    picture = noise(*shape)
    pixels = plane(picture)
    assert pixels.shape == shape
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, np.asarray(picture))


def test_a_picture_in_pieces_is_copied() -> None:
    try:
        Image.core.set_use_block_allocator(0)  # type: ignore[attr-defined]  # as in open
        pieces = noise(5000, 4001)
    finally:
        Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined]
    assert np.array_equal(plane(pieces), np.asarray(pieces))


def test_pixels_outlive_their_picture_and_cannot_be_written_to() -> None:
    preload()
    picture = noise(400, 300)
    wanted = np.asarray(picture).copy()
    pixels = plane(picture)
    del picture
    gc.collect()
    assert np.array_equal(pixels, wanted)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 1
