"""A readable, seekable file over a bare descriptor, made of the two system calls a locked-down child has."""

import io
import os

_BUFFER = 64 * 1024


class _DescriptorFile(io.RawIOBase):
    # io.FileIO asks fstat(2), which the C library makes of a call that takes paths: the child may not.
    # There is no fileno() either, so no library can go past this to the descriptor.

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives only these
        return os.readv(self._descriptor, [buffer])

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def open_descriptor(descriptor: int) -> io.BufferedReader:
    """Buffered reading of `descriptor`, which it owns from now on."""
    return io.BufferedReader(_DescriptorFile(descriptor), _BUFFER)
