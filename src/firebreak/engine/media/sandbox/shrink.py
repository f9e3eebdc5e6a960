"""Reduces a picture by whole factors, as the mean of boxes, so that it fits a slot of shared memory."""

import math

import numpy as np

from firebreak.engine.media.source import Luma

_STRIP = 64  # rows of the result at a time: the sums stay in the cache


def factors(height: int, width: int, capacity: int) -> tuple[int, int]:
    """The least whole factors (down, across) that leave at most `capacity` pixels.

    Both are the same, but for strips so thin that one side would vanish.
    """
    factor = math.isqrt((height * width - 1) // capacity) + 1
    down, across = min(factor, height), min(factor, width)
    while (height // down) * (width // across) > capacity:
        if height // down > width // across:
            down += 1
        else:
            across += 1
    return down, across


def box_mean(luma: Luma, down: int, across: int, out: Luma) -> None:
    """Write to `out` the rounded mean of each box; its shape is that of `luma` divided by the factors.

    Rows and columns that do not fill a last box are left out.
    """
    if down == across == 1:
        np.copyto(out, luma)
        return
    for top in range(0, len(out), _STRIP):
        strip = luma[top * down : (top + _STRIP) * down]
        _box_mean_strip(strip, down, across, out[top : top + _STRIP])


def _box_mean_strip(luma: Luma, down: int, across: int, out: Luma) -> None:
    rows, columns = out.shape
    boxed = down * across
    total = np.uint16 if boxed <= 256 else np.uint64  # 256 * 255 and the half for rounding still fit
    lines = np.zeros((rows, columns * across), total)
    for offset in range(down):
        lines += luma[offset : rows * down : down, : columns * across]
    boxes = np.full((rows, columns), boxed // 2, total)
    for offset in range(across):
        boxes += lines[:, offset::across]
    np.floor_divide(boxes, boxed, out=out, casting="unsafe")
