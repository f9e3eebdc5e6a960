"""Where uploads lie while they are scanned: `<data>/spool`, a file for each, gone when its scan is over.

What is being received or scanned at once is called `incoming-...`; a file that waits for a worker has the id of its
scan for a name. Where workers run on other machines, they must see the same folder.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from firebreak.records.common.ids import new_id
from firebreak.records.common.settings import settings

_INCOMING: Final = "incoming-"
# Nothing takes so long to be received and scanned at once that it is not left over after this (s).
_LEFT_OVER: Final = 24 * 3600.0


def folder() -> Path:
    """Return the spool's folder, made where it was missing; nobody else may read it."""
    path = settings().data / "spool"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def waiting(scan: UUID) -> Path:
    """Return where the upload of a scan that waits for a worker lies."""
    return folder() / scan.hex


class SpoolFile:
    """An upload on disk. Deleted on exit unless it was kept."""

    def __init__(self) -> None:
        self.path = folder() / f"{_INCOMING}{new_id().hex}"
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.size = 0

    def write(self, data: bytes) -> int:
        """Append bytes. Raises OSError."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self.size += len(data)
        return len(data)

    def keep(self, scan: UUID) -> Path:
        """Have the file outlive this process, and a power failure, under the name of a scan."""
        os.fsync(self._descriptor)
        kept = waiting(scan)
        self.path.rename(kept)
        _sync(kept.parent)
        return kept

    def discard(self) -> None:
        """Close the file, and delete it unless it was kept."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def left_over() -> list[Path]:
    """Return what a process that was killed left behind while it received or scanned."""
    before, found = time.time() - _LEFT_OVER, []
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                found.append(path)
    return found


def scan_of(path: Path) -> UUID | None:
    """Return which scan a file waits for; None for what was never accepted."""
    with suppress(ValueError):
        return UUID(hex=path.name)
    return None


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
