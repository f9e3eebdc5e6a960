"""Harmless clips of moving waves, drawn by a seed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
RATE: Final = 12
SIZE: Final = (320, 180)


def pattern(seed: int, seconds: int) -> list[Picture]:
    """Return moving waves, another composition every four seconds: `(height, width)` each."""
    rng = np.random.default_rng(seed)
    across, down = np.arange(SIZE[0]) / SIZE[0], np.arange(SIZE[1]) / SIZE[0]
    pictures = []
    for _ in range(-(-seconds // 4)):
        a, b, c, d = (rng.uniform(-1, 1, (12, 4)) * (25, 25, 2, np.pi)).T[:, :, None]
        rise, fall = np.sin(b * down).T, np.cos(b * down).T
        for tick in range(4 * RATE):
            phase = a * across + c * tick / RATE + d  # the sum of sin(phase + b * down), by the rule for sums
            light = fall @ np.sin(phase) + rise @ np.cos(phase)
            pictures.append((128 + 100 * np.tanh(light / 2)).astype(np.uint8))
    return pictures[: seconds * RATE]


def edited(picture: Picture) -> Picture:
    """Mirror a picture and halve its sides."""
    return np.ascontiguousarray(picture[::2, ::-2])


def write(path: Path, pictures: Sequence[Picture]) -> None:
    """Write a clip, in place of what is there."""
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.height, stream.width = pictures[0].shape
        stream.time_base = Fraction(1, RATE)
        for picture in pictures:
            frame = VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
