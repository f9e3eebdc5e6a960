"""Several readers of one file, each with its own position and without a name to guess a format from."""

import os
from typing import BinaryIO


class FileView:
    """What PyAV and Pillow need of a file: read, seek, tell. Others may move the file between the calls."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0
        self._size = file.seek(0, os.SEEK_END)

    def read(self, count: int = -1) -> bytes:
        self._file.seek(self._position)
        data = self._file.read(count)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position
