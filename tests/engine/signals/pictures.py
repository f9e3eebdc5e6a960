"""Pictures to hash: made ones that are the same everywhere, and real ones."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pdqhash
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from firebreak.engine.signals.pdq import VARIANTS, Code

Plane = NDArray[np.uint8]

PACKAGE = Path(__file__).parents[3] / ".cache/material/gcompris-qt-data"
# Where a WebP picture begins inside the package's resource archives, which store pictures as they are.
_WEBP = re.compile(rb"RIFF(....)WEBP", re.DOTALL)

# Shorter sides cannot carry PDQ's highest frequency: its coefficients are zero but for rounding, and so is the median.
SIDES = st.integers(20, 700)

# What each variant does to the pixels.
TURNS: dict[str, Callable[[Plane], Plane]] = {
    "original": lambda a: a,
    "rotate90": lambda a: np.rot90(a, 1),
    "rotate180": lambda a: np.rot90(a, 2),
    "rotate270": lambda a: np.rot90(a, 3),
    "flipx": np.flipud,
    "flipy": np.fliplr,
    "flipplus": np.transpose,
    "flipminus": lambda a: np.rot90(a, 2).T,
}
assert tuple(TURNS) == VARIANTS


def mosaic(seed: str, height: int, width: int, tiles: int = 32) -> Plane:
    """Grey tiles, `tiles` each way: rich in all the frequencies that PDQ looks at, and the same on any machine."""
    shades = np.frombuffer(hashlib.shake_256(seed.encode()).digest(tiles * tiles), np.uint8).reshape(tiles, tiles)
    rows, columns = (np.arange(side) * tiles // side for side in (height, width))
    return shades[rows][:, columns]


@st.composite
def soft_pictures(draw: st.DrawFn) -> Plane:
    """Random shades, smoothed to any size."""
    tiles = draw(st.integers(16, 48))
    shades = np.random.default_rng(draw(st.integers(0, 2**32))).integers(0, 256, (tiles, tiles), np.uint8)
    size = draw(st.tuples(SIDES, SIDES))
    return np.asarray(Image.fromarray(shades).resize(size, Image.Resampling.BICUBIC))


def distance(a: Code, b: Code) -> int:
    return int(np.bitwise_count(a ^ b).sum())


def peer(luma: Plane) -> tuple[str, int]:
    """Return the code and the quality that pdqhash gives to a grey picture."""
    return peer_of_rgb(np.repeat(luma[:, :, None], 3, axis=2))


def peer_of_rgb(rgb: Plane) -> tuple[str, int]:
    bits, quality = pdqhash.compute(rgb)
    return np.packbits(bits).tobytes().hex(), quality


def bits_apart(a: str, b: str) -> int:
    return (int(a, 16) ^ int(b, 16)).bit_count()


def stills() -> Iterator[Image.Image]:
    """Photographs (half of them), paintings and drawings of Debian's gcompris-qt-data, as RGB on white.

    No side is longer than 512 pixels, and no two are the same.
    """
    if not PACKAGE.exists():
        reason = f"{PACKAGE} is missing: run `bash tests/system-packages` on Debian to get it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    seen = set()
    for archive in sorted(PACKAGE.rglob("*.rcc")):
        content = archive.read_bytes()
        for found in _WEBP.finditer(content):
            end = found.start() + 8 + int.from_bytes(found[1], "little")
            stored = Image.open(io.BytesIO(content[found.start() : end]))
            if min(stored.size) < 128:
                continue
            picture = on_white(stored)
            picture.thumbnail((512, 512))
            digest = hashlib.sha256(picture.tobytes()).digest()
            if digest not in seen:
                seen.add(digest)
                yield picture


def on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture.convert("RGBA"))
    return paper.convert("RGB")
