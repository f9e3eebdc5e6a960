"""The embedded database for a command: the running server's, or, where none runs, started for as long as it takes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firebreak.faces.server import place
from firebreak.faces.server.embedded import address
from firebreak.faces.server.embedded.cluster import Cluster
from firebreak.faces.server.errors import ServerError
from firebreak.faces.server.tree import Part, Tree


@contextmanager
def available(data: Path) -> Iterator[str]:
    """Give the address of the database of a data folder. Raises ServerError."""
    if place.is_locked(data):
        yield address.url(data.resolve())
        return
    if not address.cluster_folder(data).exists():
        raise ServerError(f"there is no database in {data}: name the data folder with --data")
    with started(data) as url:
        yield url


@contextmanager
def started(data: Path) -> Iterator[str]:
    """Start the database of a folder on which no server runs; it is made where there is none."""
    lock, tree = place.Lock(data), Tree()
    try:
        cluster = Cluster(data)
        cluster.prepare()
        part = Part("database", cluster.start, stop_by=signal.SIGINT, stop_seconds=60)
        tree.add(part)
        cluster.wait(part.pid)
        yield address.url(cluster.data)
    finally:
        tree.stop()
        tree.let_go()
        cluster.clear()
        lock.release()
