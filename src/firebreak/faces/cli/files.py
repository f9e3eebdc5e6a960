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
    what is no regular file are passed over. Bytes of a name that are no UTF-8 are written as escapes.
    """
    for path in paths:
        if not path.is_dir():
            yield _text(path.name), path
            continue
        for found in sorted(_below(path)):
            yield _text(found.relative_to(path).as_posix()), found


def printable(text: str) -> str:
    """Return a name as a terminal may show it: no colours, no cursor, no reversed writing."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if not f.startswith(".")]
        yield from (Path(root, name) for name in names if not name.startswith(".") and Path(root, name).is_file())
