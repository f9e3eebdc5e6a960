"""Which files a command line means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from firebreak.engine.errors import EngineError


class UsageError(EngineError):
    """The command line asks for something that cannot be."""


def expand(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    """Yield `(name, path)` of every file: a file's own name, or in a folder its path below that folder.

    What is named outright is passed on whatever it is, so that it gets its own error; in folders, hidden files and
    what is no regular file are passed over.
    """
    for path in paths:
        if not path.is_dir():
            yield path.name, path
            continue
        for found in sorted(_below(path)):
            yield found.relative_to(path).as_posix(), found


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".")]
        yield from (Path(root, name) for name in names if not name.startswith(".") and Path(root, name).is_file())
