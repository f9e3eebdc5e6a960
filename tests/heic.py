"""Writes a HEIC picture: one H.265 frame in the boxes of ISO/IEC 23008-12, the least that makes a valid file."""

import struct
import tempfile
from pathlib import Path

from tests import media


def heic(seed: int, size: media.Size) -> bytes:
    """A scene's first frame, as the only item of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "one.mp4")
        media.write_video(path, 0.1, size=size, fps=10, seed=seed, codec="libx265")
        video = path.read_bytes()
    configuration, sample = _box_in(video, b"hvcC"), _box_in(video, b"mdat")[8:]
    brands = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    before = len(brands) + len(_meta(configuration, size, 0, len(sample))) + 8
    return brands + _meta(configuration, size, before, len(sample)) + _box(b"mdat", sample)


def _meta(configuration: bytes, size: media.Size, offset: int, length: int) -> bytes:
    """Item 1 is a picture of this configuration and size, and lies in so many bytes at this offset."""
    entry = _full_box(b"infe", struct.pack(">HH4sx", 1, 0, b"hvc1"), version=2)
    shape = _full_box(b"ispe", struct.pack(">II", *size))
    properties = _box(b"ipco", configuration, shape)
    associations = _full_box(b"ipma", struct.pack(">IHBBB", 1, 1, 2, 0x81, 2))
    return _full_box(
        b"meta",
        _full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        _full_box(b"pitm", struct.pack(">H", 1)),
        _full_box(b"iloc", struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, offset, length)),
        _full_box(b"iinf", struct.pack(">H", 1), entry),
        _box(b"iprp", properties, associations),
    )


def _box_in(data: bytes, kind: bytes) -> bytes:
    start = data.index(kind) - 4
    (length,) = struct.unpack_from(">I", data, start)
    return data[start : start + length]


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full_box(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)
