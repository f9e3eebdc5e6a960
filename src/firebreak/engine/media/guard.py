"""Turns whatever the decoding libraries raise on bad bytes into this package's errors, in one place."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import av.error

from firebreak.engine.media.errors import LimitExceeded, UnreadableMedia

# Seen or documented for Pillow and PyAV on damaged and hostile files. Their common base is Exception.
DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    av.error.FFmpegError,
    struct.error,
    zlib.error,
)


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Within it only `MediaError` is raised; `what` begins the message: "the video"."""
    try:
        yield
    except MemoryError as error:
        raise LimitExceeded(
            "memory", f"{what} needs more memory than one file may have", "allow more, or scale it down"
        ) from error
    except DECODER_ERRORS as error:
        raise UnreadableMedia(
            f"{what} cannot be decoded ({reason(error)})", "check that the file is whole and plays elsewhere"
        ) from error


def reason(error: BaseException) -> str:
    """What a library said, in one short line."""
    said = error.strerror if isinstance(error, OSError | av.error.FFmpegError) else str(error)
    lines = (said or "").splitlines()
    return lines[0][:120] if lines and lines[0].strip() else type(error).__name__


def note(warnings: list[str], text: str) -> None:
    """Add a warning, once."""
    if text not in warnings:
        warnings.append(text)
