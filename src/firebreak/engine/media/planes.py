"""From a decoded video frame to upright luma, without a copy where the decoder's Y plane serves."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from firebreak.engine.media.source import Luma

LIMITED = (16, 235)
FULL = (0, 255)
QUARTER_TURNS = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))  # counter-clockwise


class Layout(NamedTuple):
    """How samples of luma lie in the first plane."""

    dtype: np.dtype[Any]
    shift: int
    """Bits to drop for 8-bit codes."""
    full: bool
    """Full range unless the frame says otherwise."""


@cache
def layout(name: str) -> Layout | None:
    """The layout of a pixel format; None where luma has no plane of its own (RGB, palettes, packed)."""
    pixels = VideoFormat(name)
    first, alone = pixels.components[0], len(pixels.components) == 1
    if not first.is_luma or pixels.has_palette or pixels.is_bit_stream or not (pixels.is_planar or alone):
        return None
    full = alone or name.startswith("yuvj")
    if first.bits == 8:
        return Layout(np.dtype(np.uint8), 0, full)
    if not 8 < first.bits <= 16:
        return None
    left_aligned = name.startswith("p") and name[1:4].isdigit()  # p010 and its kin
    dtype = np.dtype(">u2" if pixels.is_big_endian else "<u2")
    return Layout(dtype, 8 if left_aligned else first.bits - 8, full)


def luma(frame: VideoFrame) -> tuple[Luma, int, int]:
    """Luma (height, width) as decoded, and the codes of black and white.

    RGB, palettes and packed formats become full-range luma (BT.601 weights); codes of 9 to 16 bits are cut
    to 8. What the codec crops is cropped; a container's clean aperture, which players ignore, is not.
    """
    known = layout(frame.format.name)
    plane = frame.planes[0]
    if known is None or plane.line_size <= 0:  # bottom-up pictures have lines of negative size
        frame, known = frame.reformat(format="gray", threads=1), Layout(np.dtype(np.uint8), 0, True)
        plane = frame.planes[0]
    stride = plane.line_size // known.dtype.itemsize
    buffer = cast("memoryview", plane)  # it has the buffer protocol, which its stub cannot say for Python 3.11
    codes = np.frombuffer(buffer, known.dtype)[: frame.height * stride].reshape(frame.height, stride)
    codes = codes[:, : frame.width]
    if known.shift:
        codes = (codes >> known.shift).astype(np.uint8)
    said = frame.color_range
    black, white = FULL if said == ColorRange.JPEG or (known.full and said != ColorRange.MPEG) else LIMITED
    return codes, black, white


def upright(picture: Luma, frame: VideoFrame) -> Luma:
    """`picture` as a view, turned and mirrored by the frame's display matrix if it has one."""
    a, b, c, d = display_matrix(frame)
    if abs(a) + abs(d) < abs(b) + abs(c):
        picture, a, d = picture.T, c, b
    return picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def display_matrix(frame: VideoFrame) -> tuple[int, int, int, int]:
    """(a, b, c, d) of x' = a x + c y, y' = b x + d y, with y pointing down (FFmpeg, libavutil/display.h)."""
    try:
        content = bytes(cast("Mapping[Type, SideData]", frame.side_data)[Type.DISPLAYMATRIX])
    except KeyError:
        return QUARTER_TURNS[0]
    except ValueError:  # PyAV has no name for some other side data here; it still knows the angle
        return QUARTER_TURNS[round(frame.rotation / 90) % 4]
    a, b, _, c, d = np.frombuffer(content[:20], np.int32).tolist()
    return a, b, c, d
