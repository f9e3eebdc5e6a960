"""A decoder that tries what a decoder must not do: tells, from within a child, what this host denies.

It opens any "file" as one without frames, whose warnings name the attempts that failed. Each attempt undoes
itself where it succeeds; that to run a program comes last, when frames are asked for.
"""

import errno
import mmap
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

NAME = __name__
_NEW = Path(tempfile.gettempdir(), f"firebreak-probe-{os.getpid()}")
_PARENT = os.getppid()


class _Findings:
    """A medium of nothing but warnings."""

    info = MediaInfo("image", "probe", 0, 0, 0.0, has_audio=False)

    def __init__(self) -> None:
        self.warnings = [name for name, attempt in ATTEMPTS.items() if _denied(attempt)]

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:  # noqa: ARG002 - the protocol's
        return iter(())

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:  # noqa: ARG002
        """No frame; where programs can be run, the child becomes one, and is heard of no more."""
        with suppress(PermissionError):
            os.execv(sys.executable, [sys.executable, "-I", "-c", ""])  # noqa: S606 - that is the attempt
        return iter(())

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:  # noqa: ARG002
        return iter(())

    def close(self) -> None:
        pass


def preload() -> None:
    """Nothing more is needed."""


def open_media(file: BinaryIO, limits: Limits) -> _Findings:  # noqa: ARG001 - any file will do
    return _Findings()


def _denied(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError as error:
        return error.errno in {errno.EPERM, errno.EACCES, errno.EAGAIN}  # the last one of RLIMIT_NPROC
    return False


def _write() -> None:
    _NEW.mkdir()
    _NEW.rmdir()


def _fork() -> None:
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        os._exit(0)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "reading": lambda: os.close(os.open("/", os.O_RDONLY)),
    "writing": _write,
    "network": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
    "processes": _fork,
    "signals": lambda: os.kill(_PARENT, 0),
    "code": lambda: mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
}
