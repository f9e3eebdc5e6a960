"""Writes small HEIC files: HEVC pictures by x265 in boxes of our own, alone or as a grid of tiles."""

import re
import struct
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.engine.media.clips import box


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def encode(luma: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    """One picture as HEVC: the body of its "hvcC" box, and its slices behind 4-byte lengths."""
    height, width = luma.shape
    context = av.CodecContext.create("libx265", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = {
        "preset": "ultrafast",
        "x265-params": "log-level=none:pools=none:frame-threads=1:keyint=1:qp=4:range=full",
    }
    planes = np.concatenate([luma.ravel(), np.full(height * width // 2, 128, np.uint8)])
    frame = VideoFrame.from_ndarray(planes.reshape(-1, width), "yuvj420p")
    stream = b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
    units = [unit for unit in re.split(b"\0\0\0?\1", stream) if unit]
    kinds = [unit[0] >> 1 & 63 for unit in units]
    sets = b"".join(
        struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit
        for kind, unit in zip(kinds, units, strict=True)
        if kind in {32, 33, 34}
    )
    # Main profile, 8 bits, 4:2:0, lengths of 4 bytes, three arrays.
    header = (
        bytes([1, 1]) + struct.pack(">I", 0x60000000) + b"\x90" + bytes(5) + b"\x5d\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f\3"
    )
    slices = b"".join(struct.pack(">I", len(unit)) + unit for kind, unit in zip(kinds, units, strict=True) if kind < 32)
    return header + sets, slices


def heic(
    tiles: list[list[NDArray[np.uint8]]], size: tuple[int, int] | None = None, properties: tuple[bytes, ...] = ()
) -> bytes:
    """A file whose primary picture is the only tile, or the grid of all cut to `size` (width, height)."""
    coded = [encode(tile) for row in tiles for tile in row]
    height, width = tiles[0][0].shape
    count = len(coded)
    grid = struct.pack(">BBBBHH", 0, 0, len(tiles) - 1, len(tiles[0]) - 1, *size) if size else b""
    primary = count + 1 if size else 1
    items = [(number + 1, b"hvc1") for number in range(count)] + ([(primary, b"grid")] if size else [])
    by_item = {number: [1, 0x82] for number, kind in items if kind == b"hvc1"}
    by_item[primary] = by_item.get(primary, [3]) + [0x80 | (index + 4) for index in range(len(properties))]
    known = b"".join([
        full_box(b"ispe", 0, 0, struct.pack(">II", width, height)),
        box(b"hvcC", coded[0][0]),
        full_box(b"ispe", 0, 0, struct.pack(">II", *(size or (width, height)))),
        *properties,
    ])  # fmt: skip
    contents = [slices for _, slices in coded] + ([grid] if size else [])

    def meta(offset: int) -> bytes:
        places = b""
        for (number, _), content in zip(items, contents, strict=True):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(content))
            offset += len(content)
        entries = [full_box(b"infe", 2, 0, struct.pack(">HH4s", number, 0, kind), b"\0") for number, kind in items]
        links = [bytes([len(chosen), *chosen]) for chosen in by_item.values()]
        named = b"".join(struct.pack(">H", number) + link for number, link in zip(by_item, links, strict=True))
        parts = struct.pack(f">HH{count}H", primary, count, *range(1, count + 1))
        reference = [full_box(b"iref", 0, 0, box(b"dimg", parts))] if size else []
        return full_box(
            b"meta", 0, 0,
            full_box(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            full_box(b"pitm", 0, 0, struct.pack(">H", primary)),
            full_box(b"iloc", 0, 0, struct.pack(">HH", 0x4400, len(items)), places),
            full_box(b"iinf", 0, 0, struct.pack(">H", len(items)), *entries),
            *reference,
            box(
                b"iprp",
                box(b"ipco", known),
                full_box(b"ipma", 0, 0, struct.pack(">I", len(by_item)), named),
            ),
        )  # fmt: skip

    brands = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    begin = len(brands) + len(meta(0)) + 8
    return brands + meta(begin) + box(b"mdat", *contents)
