"""Builds the base file of the index from the database, in a process of its own: its memory goes when it ends.

`python -m firebreak.records.banks.builder FOLDER`, with the connection's parameters as JSON on standard input. Knows
nothing of Django.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from firebreak.engine.library.build import build
from firebreak.engine.library.changes import Signals
from firebreak.records.banks import signals
from firebreak.records.banks.snapshot import Snapshot

SUFFIX: Final = ".library"
# Base files of databases that are gone are kept this long (s).
_KEEP: Final = 86_400.0
_BUILD_SECONDS: Final = 600.0


class BuildFailed(Exception):  # noqa: N818 - says what happened
    """No base file could be built; the message has what the builder said last."""


def base_path(folder: Path, snapshot: Snapshot) -> Path:
    """Return where the base file of a database's history lies."""
    return folder / f"{snapshot.key}{SUFFIX}"


@contextmanager
def alone(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Be the only builder of this host; without `wait`, tell whether one is."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def build_apart(folder: Path, parameters: Mapping[str, Any]) -> None:
    """Build the base file in a child process. Raises BuildFailed."""
    command = [sys.executable, "-m", __name__, str(folder)]
    told = json.dumps(dict(parameters))
    try:
        subprocess.run(command, input=told, text=True, capture_output=True, check=True, timeout=_BUILD_SECONDS)
    except subprocess.SubprocessError as problem:
        said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
        raise BuildFailed(said[-1] if said else str(problem)) from problem


def build_here(folder: Path, parameters: Mapping[str, Any]) -> None:
    """Build the base file of all live signals. Raises OSError, psycopg.Error."""
    with psycopg.connect(**parameters) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = Snapshot.now(cursor)
        path = base_path(folder, snapshot)
        build(path, _live(cursor), {"snapshot": snapshot.text, "history": snapshot.history})
    _forget_old(folder, path)


def _live(cursor: psycopg.Cursor[Any]) -> Iterator[Signals]:
    return (batch for batch, _ in signals.read(cursor, signals.LIVE))


def _forget_old(folder: Path, current: Path) -> None:
    """Remove base files of other databases; whoever still maps one keeps it until it lets go."""
    for path in folder.glob(f"*{SUFFIX}"):
        if path != current and time.time() - path.stat().st_mtime > _KEEP:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    build_here(Path(sys.argv[1]), json.load(sys.stdin))
