"""One file of named arrays: versioned, check-summed, mapped into memory when read, replaced whole when written.

Layout (little-endian): 8 bytes magic, u32 layout version, u32 CRC-32 of the header, u64 length of the header; then
the header as JSON (kind, version, meta and, for every array, name, dtype, shape, offset and CRC-32); then the
arrays, each at a multiple of 64 bytes counted from the first such multiple behind the header.
"""

from __future__ import annotations

import fcntl
import glob
import json
import math
import mmap
import os
import secrets
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

_MAGIC: Final = b"FBARRAYS"
_LAYOUT: Final = 1
_PRELUDE: Final = struct.Struct("<8sIIQ")
_ALIGNMENT: Final = 64
_MAX_HEADER: Final = 16 * 2**20
_DTYPES: Final = frozenset({"|u1", "<u2", "<u4", "<u8", "|i1", "<i2", "<i4", "<i8", "<f4", "<f8"})
_CHUNK: Final = 1 << 20
_RESTORE: Final = "restore it from a backup or build it anew"


def write_arrays(
    path: Path, kind: str, version: int, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, JSON]
) -> None:
    """Write the arrays so that at any instant `path` is the old file or the new one, also after a power cut.

    `kind` and `version` are the caller's; `read_arrays` asks for the same. `arrays` may be maps of the file that is
    replaced. Raises OSError when the disk refuses, ValueError for an array of a type that the format has not.
    """
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header = json.dumps(
        {"kind": kind, "version": version, "meta": dict(meta), "arrays": _described(contiguous)}, separators=(",", ":")
    ).encode()
    with _replacing(path) as file:
        file.write(_PRELUDE.pack(_MAGIC, _LAYOUT, zlib.crc32(header), len(header)))
        file.write(header)
        for array in contiguous.values():
            file.write(bytes(-file.tell() % _ALIGNMENT))
            file.write(array.reshape(-1).view(np.uint8).data)


def read_arrays(
    path: Path, kind: str, version: int, *, verify: bool = True
) -> tuple[dict[str, NDArray[Any]], dict[str, JSON]]:
    """Map the arrays of a file, read-only and shared with every process that does the same; return them and `meta`.

    `verify` reads all of the file once to compare its checksums. Raises IndexFileError when the file is not of this
    kind and version or is damaged, OSError when it cannot be opened.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _PRELUDE.size:
            raise IndexFileError(f"{path} is cut short: {size} bytes", _RESTORE)
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header, data = _header(path, content)
        _require(path, header, kind, version)
        described, meta = header.get("arrays"), header.get("meta")
        if not isinstance(described, list) or not isinstance(meta, dict):
            raise IndexFileError(f"{path} is damaged: its header lacks arrays or meta", _RESTORE)
        return dict(_mapped(path, content, data, entry, file if verify else None) for entry in described), meta


def releaser(arrays: Iterable[NDArray[Any]]) -> Callable[[], None]:
    """Return what lets go of the memory of mapped arrays; what is read of them later comes back from the file.

    Arrays of another origin stay as they are. Others may read the arrays meanwhile.
    """
    ranges: list[tuple[mmap.mmap, int, int]] = []
    for content, first, end in sorted((r for array in arrays if (r := _pages(array))), key=lambda r: (id(r[0]), r[1])):
        if ranges and ranges[-1][0] is content and first <= ranges[-1][2]:
            ranges[-1] = content, ranges[-1][1], end
        else:
            ranges.append((content, first, end))

    def release() -> None:
        for content, first, end in ranges:
            content.madvise(mmap.MADV_DONTNEED, first, end - first)

    return release


def _pages(array: NDArray[Any]) -> tuple[mmap.mmap, int, int] | None:
    """Return the map that an array lies in, and where there its pages begin and its bytes end."""
    content: Any = array
    while isinstance(content, np.ndarray):
        content = content.base
    if not isinstance(content, mmap.mmap):
        return None
    start = array.ctypes.data - np.frombuffer(content, np.uint8).ctypes.data
    return content, start - start % mmap.PAGESIZE, start + array.nbytes


def _require(path: Path, header: Mapping[str, JSON], kind: str, version: int) -> None:
    if header.get("kind") != kind:
        raise IndexFileError(f"{path} holds {header.get('kind')!r}, not {kind!r}", "name the right file")
    if header.get("version") != version:
        raise IndexFileError(
            f"{path} is of version {header.get('version')!r}, this program reads version {version}",
            "use the program that wrote it, or build the file anew",
        )


def _described(arrays: Mapping[str, NDArray[Any]]) -> list[JSON]:
    """Return what the header says of each array."""
    entries: list[JSON] = []
    offset = 0
    for name, array in arrays.items():
        if array.dtype.str not in _DTYPES:
            raise ValueError(f"array {name!r} is of type {array.dtype}, which the format does not have")
        offset += -offset % _ALIGNMENT
        raw = array.reshape(-1).view(np.uint8).data
        shape: list[JSON] = [int(side) for side in array.shape]
        entries.append(
            {"name": name, "dtype": array.dtype.str, "shape": shape, "offset": offset, "crc32": _checksum(raw)}
        )
        offset += array.nbytes
    return entries


def _header(path: Path, content: mmap.mmap) -> tuple[dict[str, JSON], int]:
    """Return the header and where the arrays begin."""
    magic, layout, checksum, length = _PRELUDE.unpack_from(content)
    if magic != _MAGIC:
        raise IndexFileError(f"{path} is no file of arrays: it begins with {magic!r}", "name the right file")
    if layout != _LAYOUT:
        raise IndexFileError(f"{path} has layout {layout}, this program reads {_LAYOUT}", "use a newer program")
    end = _PRELUDE.size + length
    if length > _MAX_HEADER or end > len(content):
        raise IndexFileError(f"{path} is damaged: its header claims {length} bytes", _RESTORE)
    raw = content[_PRELUDE.size : end]
    if zlib.crc32(raw) != checksum:
        raise IndexFileError(f"{path} is damaged: its header does not fit its checksum", _RESTORE)
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise IndexFileError(f"{path} is damaged: its header is no JSON", _RESTORE) from error
    if not isinstance(header, dict):
        raise IndexFileError(f"{path} is damaged: its header is no object", _RESTORE)
    return header, end + -end % _ALIGNMENT


def _mapped(path: Path, content: mmap.mmap, data: int, entry: JSON, file: BinaryIO | None) -> tuple[str, NDArray[Any]]:
    """Return one array's name and its map, after a look at all that the header claims; checksums only with a `file`."""
    match entry:
        case {
            "name": str(name),
            "dtype": str(dtype),
            "shape": list(shape),
            "offset": int(offset),
            "crc32": int(checksum),
        } if dtype in _DTYPES:
            sides = [n for n in shape if isinstance(n, int) and n >= 0]
            sound = sides == shape
        case _:
            sound = False
    if not sound or len(sides) > 8 or math.prod(max(n, 1) for n in sides) >= 2**48:
        raise IndexFileError(f"{path} is damaged: its header describes an array as {entry!r:.200}", _RESTORE)
    nbytes = math.prod(sides) * np.dtype(dtype).itemsize
    if offset < 0 or offset % _ALIGNMENT or data + offset + nbytes > len(content):
        raise IndexFileError(
            f"{path} is damaged: array {name!r} should end at byte {data + offset + nbytes} of {len(content)}", _RESTORE
        )
    if not nbytes:
        return name, np.empty(sides, dtype)
    array = np.ndarray(sides, dtype, buffer=content, offset=data + offset)
    if file and _checksum_on_disk(file, data + offset, nbytes) != checksum:
        raise IndexFileError(f"{path} is damaged: array {name!r} does not fit its checksum", _RESTORE)
    return name, array


def _checksum(raw: memoryview) -> int:
    checksum = 0
    for start in range(0, len(raw), _CHUNK):
        checksum = zlib.crc32(raw[start : start + _CHUNK], checksum)
    return checksum


def _checksum_on_disk(file: BinaryIO, start: int, nbytes: int) -> int:
    """Read past the map, so that what is only verified takes no memory."""
    checksum = 0
    for offset in range(0, nbytes, _CHUNK):
        checksum = zlib.crc32(os.pread(file.fileno(), min(_CHUNK, nbytes - offset), start + offset), checksum)
    return checksum


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a new file to write to, and put it in the place of `path` once it is safely on the disk."""
    _sweep(path)
    file = _temporary(path)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        Path(file.name).replace(path)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise
    finally:
        file.close()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _temporary(path: Path) -> BinaryIO:
    """Make a file beside `path`, locked for as long as it is being written."""
    while True:
        file = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new").open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:  # 0: a sweep came between these two lines
            return file
        file.close()


def _sweep(path: Path) -> None:
    """Remove what writers that died left behind: files that nobody holds a lock on."""
    for stale in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        with suppress(FileNotFoundError, BlockingIOError), stale.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stale.unlink()
