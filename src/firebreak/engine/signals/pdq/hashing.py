"""PDQ of a picture, as it stands and in all eight orientations."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.signals.pdq.code import BITS, Code, pack
from firebreak.engine.signals.pdq.reduction import reduce
from firebreak.engine.signals.pdq.transform import FREQUENCIES, quality, transform

VARIANTS: tuple[str, ...] = (
    "original",
    "rotate90",  # counter-clockwise
    "rotate180",
    "rotate270",
    "flipx",  # upside down: about the horizontal axis
    "flipy",  # left to right: what a mirror shows
    "flipplus",  # transposed: about the falling diagonal
    "flipminus",  # about the rising diagonal
)
# A picture with a shorter side has no code.
MIN_SIDE: Final = 5


def hash_luma(luma: NDArray[np.uint8], black: int = 0, white: int = 255) -> tuple[Code, int]:
    """Return the PDQ code, shape `(4,)`, and the quality, 0..100, of a picture of shape `(height, width)`.

    Any size and any strides; the picture is not resized first. `black` and `white` are the codes of nominal black
    and white, on which only the quality depends. A side under 5 pixels gives a code of zeros and quality 0.
    Raises ValueError when `luma` is no 8-bit plane or `white` is not above `black`.
    """
    coefficients, detail = _frequencies(luma, black, white)
    return pack(coefficients[None])[0], detail


def hash_dihedral(luma: NDArray[np.uint8], black: int = 0, white: int = 255) -> tuple[Code, int]:
    """Return the codes, shape `(8, 4)` in the order of `VARIANTS`, and the quality of a picture.

    As `hash_luma`, at hardly more cost: the variants come from the frequencies. For a picture of 64 x 64 they are
    the codes of its turned and mirrored pixels; at other sizes PDQ's filter is not quite symmetric, and a few bits
    may differ.
    """
    coefficients, detail = _frequencies(luma, black, white)
    return pack(_SIGNS * coefficients[_ORDER]), detail


def compile_kernels() -> None:
    """Have every kernel compiled and cached, by using it."""
    hash_dihedral(np.zeros((MIN_SIDE, MIN_SIDE), np.uint8))


def _frequencies(luma: NDArray[np.uint8], black: int, white: int) -> tuple[NDArray[np.float64], int]:
    """Return the 256 coefficients and the quality."""
    if luma.ndim != 2 or luma.dtype != np.uint8:
        raise ValueError(f"expected a plane of uint8, not {luma.ndim} dimensions of {luma.dtype}")
    if white <= black:
        raise ValueError(f"white ({white}) must be above black ({black})")
    if min(luma.shape) < MIN_SIDE:
        return np.zeros(BITS), 0
    square = (reduce(luma) - black) * (255 / (white - black))
    return transform(square).reshape(BITS), quality(square)


def _orientations() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each variant, which coefficient it takes, and with which sign; both of shape `(8, 256)`.

    A cosine of odd frequency changes its sign when the side is reversed, and index i stands for frequency i + 1.
    Transposing the picture transposes the frequencies.
    """
    upright = np.arange(BITS).reshape(FREQUENCIES, FREQUENCIES)
    across = np.tile(np.where(np.arange(FREQUENCIES) % 2, 1.0, -1.0), (FREQUENCIES, 1))
    down, same = across.T, np.ones_like(across)
    views = (
        (upright, same),
        (upright.T, down),
        (upright, down * across),
        (upright.T, across),
        (upright, down),
        (upright, across),
        (upright.T, same),
        (upright.T, down * across),
    )
    order, signs = zip(*views, strict=True)
    return np.stack(order).reshape(-1, BITS), np.stack(signs).reshape(-1, BITS)


_ORDER, _SIGNS = _orientations()
