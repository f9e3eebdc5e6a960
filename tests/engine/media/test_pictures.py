"""Pillow's pictures as luma: every mode, scaled JPEG, and settings that do not leak."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import preload
from firebreak.engine.media.pictures import load_luma, open_picture, pillow
from tests import media
from tests.engine.media.clips import sparse

RGB = media.still(5, (96, 64))
LUMA: NDArray[Any] = np.asarray(RGB).astype(float) @ [0.299, 0.587, 0.114]


def saved(picture: Image.Image, name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def alpha(picture: Image.Image) -> Image.Image:
    """The picture with an opacity that varies, which must not change its luma."""
    picture.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))))
    return picture


SIXTEEN = Image.fromarray((LUMA * 257).astype(np.uint16))


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (saved(RGB, "PNG"), 1),
        (saved(RGB.convert("L"), "PNG"), 1),
        (saved(alpha(RGB.copy()), "PNG"), 1),
        (saved(alpha(RGB.convert("L")), "PNG"), 1),
        (saved(SIXTEEN, "PNG"), 1),
        (saved(SIXTEEN, "TIFF"), 1),
        (saved(RGB, "BMP"), 1),
        (saved(RGB, "TIFF", compression="tiff_lzw"), 1),
        (saved(RGB, "TIFF", compression="tiff_adobe_deflate"), 1),
        (saved(RGB.convert("CMYK"), "TIFF"), 3),
        (saved(RGB.convert("YCbCr"), "TIFF"), 2),
        (saved(Image.fromarray((LUMA / 255).astype(np.float32)), "TIFF"), 1),
        (saved(Image.fromarray(LUMA.astype(np.float32)), "TIFF"), 1),
        (saved(Image.fromarray((LUMA * 1000).astype(np.float32)), "TIFF"), 255),
        (saved(Image.fromarray(LUMA.astype(np.int32)), "TIFF"), 1),
        (saved(RGB, "WEBP", lossless=True), 1),
        (saved(alpha(RGB.copy()), "WEBP", lossless=True, exact=True), 1),
        (saved(RGB, "JPEG", quality=100, subsampling=0), 3),
        (saved(RGB.convert("CMYK"), "JPEG", quality=100), 6),
        (saved(RGB, "AVIF", quality=100), 9),
        (saved(RGB.quantize(256), "PNG"), 40),
        (saved(RGB.convert("L").quantize(64), "GIF"), 20),
    ],
)
def test_every_mode_gives_its_luma(data: bytes, tolerance: int) -> None:
    (frame,) = sparse(data)
    assert frame.luma.shape == (64, 96)
    assert frame.luma.dtype == np.uint8
    assert (frame.black, frame.white, frame.time, frame.keyframe) == (0, 255, 0.0, True)
    assert np.abs(frame.luma - LUMA).max() <= tolerance


def test_one_bit_pictures_are_black_and_white() -> None:
    (frame,) = sparse(saved(RGB.convert("1"), "PNG"))
    assert set(np.unique(frame.luma)) == {0, 255}


def test_a_palette_with_transparency_raises_no_warning() -> None:
    picture = RGB.quantize(16)
    data = saved(picture, "PNG", transparency=bytes(range(0, 256, 16)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (frame,) = sparse(data)
    assert np.array_equal(frame.luma, np.asarray(picture.convert("RGB").convert("L")))


@pytest.mark.parametrize(("size", "scale"), [((1500, 900), 1), ((2100, 1000), 2), ((600, 4800), 4), ((9000, 400), 8)])
def test_large_jpegs_are_scaled_while_decoding(size: tuple[int, int], scale: int) -> None:
    picture = media.still(7, size)
    (frame,) = sparse(saved(picture, "JPEG", quality=90))
    expected = np.asarray(picture.convert("L").reduce(scale))
    assert frame.luma.shape == expected.shape
    assert max(frame.luma.shape) >= 1024
    assert np.abs(frame.luma.astype(float) - expected).mean() < 4


def test_the_orientation_flag_is_not_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert sparse(saved(RGB, "JPEG", exif=exif))[0].luma.shape == (64, 96)


def test_settings_of_pillow_are_put_back() -> None:
    preload()
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    with pillow(Limits(pixels=5), tolerant=True):
        assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == (5, True)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    with pytest.raises(LimitExceeded), pillow(Limits(pixels=5)):
        raise Image.DecompressionBombError
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


@pytest.mark.parametrize("pixels", [96 * 64 - 1, 96 * 64 // 3])
def test_pixels_beyond_the_limit_are_refused_from_the_header(pixels: int) -> None:
    for name in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"):
        with pytest.raises(LimitExceeded) as caught:
            sparse(saved(RGB, name), limits=Limits(pixels=pixels // 3 if name == "JPEG" else pixels))
        assert caught.value.limit == "pixels"


def test_a_jpeg_may_have_thrice_the_pixels() -> None:
    assert sparse(saved(RGB, "JPEG"), limits=Limits(pixels=96 * 64 // 3))[0].luma.shape == (64, 96)
    assert Limits().for_format("JPEG").pixels == 16_384 * 12_288
    assert Limits().for_format("PNG") == Limits()


def test_luma_is_decoded_from_a_file_in_the_format_asked_for(tmp_path: Path) -> None:
    path = media.write_still(tmp_path / "x.png", 5, (96, 64))
    with path.open("rb") as file, pillow(Limits()):
        luma = load_luma(open_picture(file, "PNG", Limits()))
    assert np.abs(luma - LUMA).max() <= 1
