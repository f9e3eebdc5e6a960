"""Reads what a HEIF file says of its primary picture: its tiles, and how they are laid out, cut and turned.

FFmpeg decodes each coded item as a track of its own, with the item's number; putting them together is left to
us. Formats: ISO/IEC 23008-12 (HEIF) and ISO/IEC 14496-12 (boxes).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from firebreak.engine.media.source import Luma

_MOST_META = 4 * 1024 * 1024
_MOST_BOXES = 10_000
_MOST_DERIVATIONS = 8

Step = Callable[[Luma], Luma]


@dataclass(frozen=True)
class Layout:
    """The primary picture: tiles row by row, each an item number, and the canvas they are pasted on."""

    tiles: list[int]
    columns: int
    width: int
    height: int
    """Of the canvas; 0 when the only tile decides."""
    steps: list[Step]
    """Cuts and turns to apply to the canvas, in order."""


def read_layout(file: BinaryIO) -> Layout:
    """Parse the file's item tables. Raises ValueError, struct.error or LookupError where they make no sense."""
    meta = Meta(file)
    item = meta.primary
    steps = meta.steps(item)
    for _ in range(_MOST_DERIVATIONS):
        if meta.kinds[item] not in {b"iden", b"iovl"}:
            break
        item = meta.parts[item][0]  # of an overlay, its lowest layer
        steps = meta.steps(item) + steps
    if meta.kinds[item] != b"grid":
        return Layout([item], 1, 0, 0, steps)
    data = meta.data(item)
    rows, columns = data[2] + 1, data[3] + 1
    width, height = struct.unpack_from(">II" if data[1] & 1 else ">HH", data, 4)
    tiles = meta.parts[item]
    if len(tiles) < rows * columns:
        raise ValueError(f"a grid of {rows * columns} tiles has {len(tiles)}")
    return Layout(tiles[: rows * columns], columns, width, height, steps)


class Meta:
    """The tables of the top-level "meta" box."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        boxes = dict(children(top_level(file, b"meta"), 4))
        self._boxes = boxes
        pitm = boxes[b"pitm"]
        self.primary: int = struct.unpack_from(">H" if pitm[0] == 0 else ">I", pitm, 4)[0]
        self.kinds = dict(item_kinds(boxes[b"iinf"]))
        self.parts = dict(derivations(boxes.get(b"iref", b"")))

    def steps(self, item: int) -> list[Step]:
        """The cuts and turns that belong to an item, in order."""
        properties = dict(children(self._boxes[b"iprp"]))
        known = list(children(properties[b"ipco"]))
        chosen = [known[index - 1] for index in associations(properties[b"ipma"], item) if 0 < index <= len(known)]
        return [STEPS[kind](body) for kind, body in chosen if kind in STEPS]

    def data(self, item: int) -> bytes:
        """The content of a small item, such as a grid's description."""
        method, offset, length = location(self._boxes[b"iloc"], item)
        length = min(length, 64)
        if method == 1:
            return self._boxes[b"idat"][offset : offset + length]
        self._file.seek(offset)
        return self._file.read(length)


def top_level(file: BinaryIO, wanted: bytes) -> bytes:
    """The body of the first box of a kind, at most 4 MiB of it."""
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        header = file.read(16)
        size, kind = struct.unpack_from(">I4s", header)
        start = 16 if size == 1 else 8
        size = struct.unpack_from(">Q", header, 8)[0] if size == 1 else size or _MOST_META
        if kind == wanted:
            file.seek(position + start)
            return file.read(min(size - start, _MOST_META))
        if size < 8:
            break
        position += size
    raise ValueError(f"there is no {wanted!r} box")


def children(body: bytes, start: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """The boxes inside one, from byte `start` on: kinds and bodies."""
    while start + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, start)
        if size < 8:
            return
        yield kind, body[start + 8 : start + size]
        start += size


def item_kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for kind, entry in children(iinf, 6 if iinf[0] == 0 else 8):
        if kind == b"infe" and entry[0] >= 2:
            number, _, item_kind = struct.unpack_from(">HH4s" if entry[0] == 2 else ">IH4s", entry, 4)
            yield number, item_kind


def derivations(iref: bytes) -> Iterator[tuple[int, list[int]]]:
    """From each derived item to the items it is made of."""
    code, width = ("H", 2) if iref[:1] == b"\0" else ("I", 4)
    for kind, body in children(iref, 4):
        if kind == b"dimg":
            number, count = struct.unpack_from(f">{code}H", body)
            yield number, list(struct.unpack_from(f">{count}{code}", body, width + 2))


def associations(ipma: bytes, item: int) -> list[int]:
    """The numbers, from 1, of the properties of an item."""
    wide_items, wide_properties = ipma[0] > 0, ipma[3] & 1
    position = 8
    for _ in range(struct.unpack_from(">I", ipma, 4)[0]):
        number, count = struct.unpack_from(">IB" if wide_items else ">HB", ipma, position)
        position += 5 if wide_items else 3
        code, mask = (">%dH", 0x7FFF) if wide_properties else (">%dB", 0x7F)
        found = struct.unpack_from(code % count, ipma, position)
        position += count * (2 if wide_properties else 1)
        if number == item:
            return [value & mask for value in found]
    return []


def location(iloc: bytes, item: int) -> tuple[int, int, int]:
    """(construction method, offset, length) of an item's first extent."""
    version, sizes = iloc[0], struct.unpack_from(">H", iloc, 4)[0]
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index_size = index_size if version else 0
    reader = Fields(iloc, 6)
    for _ in range(reader.take(2 if version < 2 else 4)):
        number = reader.take(2 if version < 2 else 4)
        method = reader.take(2) & 15 if version else 0
        reader.take(2)
        base, extents = reader.take(base_size), reader.take(2)
        if number == item:
            reader.take(index_size)
            return method, base + reader.take(offset_size), reader.take(length_size)
        reader.take(extents * (index_size + offset_size + length_size))
    raise ValueError(f"item {item} is nowhere")


class Fields:
    """Big-endian numbers of any size, one after another."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def take(self, size: int) -> int:
        if self._position + size > len(self._data):
            raise ValueError("a table ends too soon")
        self._position += size
        return int.from_bytes(self._data[self._position - size : self._position], "big")


def clean_aperture(clap: bytes) -> Step:
    """The part of the picture to show."""
    values = struct.unpack_from(">8I", clap)
    width, height = values[0] / values[1], values[2] / values[3]
    right, down = (struct.unpack(">i", struct.pack(">I", values[i]))[0] / values[i + 1] for i in (4, 6))

    def cut(picture: Luma) -> Luma:
        top = round((picture.shape[0] - height) / 2 + down)
        left = round((picture.shape[1] - width) / 2 + right)
        part = picture[max(0, top) : max(0, top + round(height)), max(0, left) : max(0, left + round(width))]
        return part if part.size else picture

    return cut


def rotation(irot: bytes) -> Step:
    return lambda picture: np.rot90(picture, irot[0] & 3)


def mirror(imir: bytes) -> Step:
    return lambda picture: picture[:, ::-1] if imir[0] & 1 else picture[::-1]


STEPS: dict[bytes, Callable[[bytes], Step]] = {b"clap": clean_aperture, b"irot": rotation, b"imir": mirror}
