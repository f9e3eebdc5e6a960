"""Strips a PNG file of everything that does not change its picture."""

import io
import os
import struct
from typing import BinaryIO

_SIGNATURE = 8
_ESSENTIAL = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND"}


def essential(file: BinaryIO) -> io.BytesIO:
    """A copy with the chunks that make the picture, for a file whose other chunks are broken or bombs.

    Browsers show such a file, so it must not escape. Format: ISO/IEC 15948.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    copy = io.BytesIO()
    copy.write(file.read(_SIGNATURE))
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        length = min(length + 4, end - file.tell())  # the checksum is 4 bytes
        if kind in _ESSENTIAL:
            copy.write(header + file.read(length))
        else:
            file.seek(length, os.SEEK_CUR)
        if kind == b"IEND":
            break
    copy.seek(0)
    return copy
