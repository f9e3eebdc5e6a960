"""Opens pictures with Pillow under our own limits, and turns them into luma."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.pixels import plane
from firebreak.engine.media.png import essential
from firebreak.engine.media.source import Luma
from firebreak.engine.media.views import FileView

ENOUGH = 1024
"""Pixels that the longer side of a JPEG keeps when it is scaled down while decoding."""

FULL_RANGE = (0, 255)
"""The codes of black and white in all pictures."""

_TO_LUMA_DIRECTLY = {"1", "LA", "P", "RGB", "RGBA", "RGBX"}
_LUMA_FIRST = {"YCbCr", "LAB"}


@contextmanager
def pillow(limits: Limits, *, tolerant: bool = False) -> Iterator[None]:
    """Pillow's process-wide settings for the calls within: our pixel limit, no warnings, damage borne or not."""
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limits.pixels, tolerant
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise too_large(limits) from error
    finally:
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def too_large(limits: Limits) -> LimitExceeded:
    return LimitExceeded("pixels", f"it has more than {limits.pixels} pixels", "scale it down, or allow more pixels")


def open_picture(file: BinaryIO, name: str, limits: Limits) -> Image.Image:
    """Read the header of a picture in the format that Pillow calls `name`. Call it within `pillow`."""
    bare = name == "PNG" and ImageFile.LOAD_TRUNCATED_IMAGES
    source = essential(file) if bare else cast("IO[bytes]", FileView(file))
    picture = Image.open(source, formats=[name])
    check_size(picture, limits)
    return picture


def check_size(picture: Image.Image, limits: Limits) -> None:
    if picture.width * picture.height > limits.pixels:
        raise too_large(limits)


def load_luma(picture: Image.Image) -> Luma:
    """Decode to luma (height, width), 8 bits, full range, with BT.601 weights.

    A JPEG gives its own Y plane, scaled down by 2, 4 or 8 while decoding where its longer side stays at least
    1024: far cheaper, and all that a perceptual hash needs. As with the PDQ peers, who hash Pillow's
    `convert("RGB")` of the pixels as stored, transparency is dropped, colour profiles are ignored, and
    EXIF orientation is not applied (matching is rotation-aware).
    """
    if picture.format in {"JPEG", "MPO"}:
        longer = max(picture.size)
        picture.draft("L", (max(1, picture.width * ENOUGH // longer), max(1, picture.height * ENOUGH // longer)))
    picture.load()
    return _luma(picture)


def _luma(picture: Image.Image) -> Luma:
    mode = picture.mode
    if mode.startswith("I"):
        return _from_integers(np.asarray(picture))
    if mode == "F":
        return _from_floats(np.asarray(picture))
    if mode in _LUMA_FIRST:
        return plane(picture.getchannel(0))
    if mode == "L":
        return plane(picture)
    picture.info.pop("transparency", None)  # else Pillow tries to carry it over
    if mode in {"La", "RGBa"}:
        picture = picture.convert(mode[:-1] + "A")
    elif mode not in _TO_LUMA_DIRECTLY:
        picture = picture.convert("RGB")
    return plane(picture.convert("L"))


def _from_integers(values: NDArray[Any]) -> Luma:
    """16-bit grey; Pillow also puts it, and 8-bit grey, into 32-bit integers."""
    shift = 8 if values.dtype.itemsize == 2 or values.max(initial=0) > 255 else 0
    codes: Luma = np.clip(values >> shift, 0, 255).astype(np.uint8)
    return codes


def _from_floats(values: NDArray[Any]) -> Luma:
    """Float grey, which TIFF leaves unscaled: 0..1, else 0..255, else its own range."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    high = float(values.max(initial=0.0))
    scale = 1.0 if high <= 1.0 else max(255.0, high)
    return np.clip(values * (255.0 / scale), 0, 255).astype(np.uint8)
