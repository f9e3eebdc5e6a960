"""Turns what a caller wants read into one read-only descriptor of a regular file, without ever waiting."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.sandbox import anonymous_file

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}
_REMEDY = "give a regular file that you may read"
_HOW = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

Source = Path | bytes | int
"""A file by its path, its content, or an open descriptor, which stays the caller's."""


@contextmanager
def input_descriptor(source: Source) -> Iterator[int]:
    """The source's descriptor, closed on exit. Raises UnreadableMedia for whatever is not a regular file.

    Its sentences say "this" for the file: the caller knows which one it gave.
    """
    descriptor = _opened(source)
    try:
        if os.fstat(descriptor).st_size == 0:
            raise UnreadableMedia("this is empty: it holds no bytes")
        yield descriptor
    finally:
        os.close(descriptor)


def _opened(source: Source) -> int:
    match source:
        case bytes():
            return anonymous_file.copy_of(source)
        case int():
            return _opened_again(source)
    return _open(source)


def _opened_again(descriptor: int) -> int:
    """A second descriptor of an open file, for reading only and, where the system can, with its own position."""
    try:
        _require_regular(os.fstat(descriptor))
        with suppress(OSError):
            return os.open(f"/proc/self/fd/{descriptor}", _HOW)
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            return os.dup(descriptor)
    except OSError as error:
        raise UnreadableMedia(f"this cannot be opened: {_reason(error)}", _REMEDY) from None
    raise UnreadableMedia("this descriptor can be written to, and a decoder must not", "open the file for reading only")


def _open(path: Path) -> int:
    # To open a device or a pipe can have effects of its own, so it is looked at first. What may be swapped
    # in between is caught by the second look and cannot block: see O_NONBLOCK.
    try:
        _require_regular(path.stat())
        descriptor = os.open(path, _HOW)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise UnreadableMedia(f"this cannot be opened: {_reason(error)}", _REMEDY) from None
    try:
        _require_regular(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "not a file")
        raise UnreadableMedia(f"this is {kind}, not a regular file", _REMEDY)


def _reason(error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (reason or type(error).__name__).lower()
