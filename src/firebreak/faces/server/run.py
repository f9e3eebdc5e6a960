"""`firebreak run`, `serve` and `work`: which parts there are, in which order, and what they share."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from firebreak.faces.server import listening, logs, place, spawn
from firebreak.faces.server.embedded.cluster import Cluster
from firebreak.faces.server.errors import ServerError
from firebreak.faces.server.tree import Part, Tree
from firebreak.faces.site import boot
from firebreak.records.common.settings import Settings, settings

_log = structlog.get_logger("firebreak.supervisor")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parts to run, and whether to prepare the database before."""

    web: bool = True
    work: bool = True
    prepare: bool = True


def run(data: Path | None, host: str | None, port: int | None, wanted: Wanted = Wanted()) -> int:
    """Run until asked to stop. Raises ServerError and SettingError for what keeps it from starting."""
    boot.choose(data)
    chosen = settings()
    place.make(chosen.data)
    lock = place.Lock(chosen.data)
    try:
        place.ensure_secret_key(chosen.data)
        door = listening.listen(host or chosen.host, chosen.port if port is None else port) if wanted.web else None
        _Server(chosen, lock, door, wanted).run()
    finally:
        lock.release()
    return 0


class _Server:
    def __init__(self, chosen: Settings, lock: place.Lock, door: socket.socket | None, wanted: Wanted) -> None:
        self._chosen, self._lock, self._door, self._wanted = chosen, lock, door, wanted
        self._metrics = chosen.data / "metrics"
        self._tree = Tree()
        self._cluster = None if chosen.database_url else Cluster(chosen.data, _connections(chosen))
        self._announced = door is None

    def run(self) -> None:
        _clean_environment(self._metrics)
        try:
            self._start()
            self._tree.run(self._tick)
        finally:
            self._tree.stop()
            if self._cluster:
                self._cluster.clear()
            shutil.rmtree(self._metrics, ignore_errors=True)
            place.tell_address(self._chosen.data, "")

    def _start(self) -> None:
        database = self._start_database()
        _preload()
        if self._cluster and database:
            self._cluster.wait(database.pid)
        if not self._tree.once("preparation", partial(self._fork, "prepare", self._prepare, False)):
            if self._tree.stopping:
                return
            raise ServerError("the server was not started: what is said above has to be mended first")
        for number in range(self._chosen.worker_processes if self._wanted.work else 0):
            self._tree.add(self._part(f"work-{number + 1}", self._work, False))
        for number in range(self._chosen.web_processes if self._door else 0):
            self._tree.add(self._part(f"web-{number + 1}", self._serve, True))
        if self._door:
            place.tell_address(self._chosen.data, listening.local_address(self._door))

    def _start_database(self) -> Part | None:
        if self._cluster is None:
            return None
        cluster = self._cluster
        cluster.prepare()
        part = Part("database", cluster.start, stop_by=signal.SIGINT, stop_seconds=60)
        self._tree.add(part)

        def heal() -> int:
            cluster.end_left_over()
            return cluster.start()

        part.start = heal
        return part

    def _part(self, name: str, run: Callable[[], None], door: bool) -> Part:
        return Part(name, partial(self._fork, name, run, door), ended=_forget_metrics, stop_seconds=15)

    def _fork(self, name: str, run: Callable[[], None], door: bool) -> int:
        """Run a part in a child that keeps of the supervisor's files what it needs."""

        def child() -> None:
            self._lock.leave_to_parent()
            if self._door and not door:
                self._door.close()
            run()

        return spawn.forked(name, child)

    def _prepare(self) -> None:
        from firebreak.faces.server import prepare  # noqa: PLC0415 - Django is set up by now

        sys.exit(prepare.prepare(upgrade=self._wanted.prepare))

    def _serve(self) -> None:
        from firebreak.desks.intake import machine  # noqa: PLC0415 - Django is set up by now
        from firebreak.faces.server import web  # noqa: PLC0415

        machine.warm()
        if self._door is None:
            raise ServerError("there is no door to serve at")
        web.serve(self._door, threads=self._chosen.web_threads)

    def _work(self) -> None:
        from firebreak.faces.server import work  # noqa: PLC0415

        work.work(threads=self._chosen.worker_threads)

    def _tick(self) -> None:
        if not self._announced and self._door:
            from firebreak.faces.server import announce  # noqa: PLC0415

            self._announced = announce.when_ready(self._chosen, self._door)


def _connections(chosen: Settings) -> int:
    """Return how many connections all parts may want together, with some for commands."""
    web = chosen.web_processes * (chosen.web_threads // 2 + 8)
    return 20 + web + chosen.worker_processes * (4 * chosen.worker_threads + 24)


def _clean_environment(metrics: Path) -> None:
    """Set what libraries read when they are loaded, here for all children."""
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # one thread here, so that forking is safe


def _preload() -> None:
    """Load all that children need, once, so that they start at once and share its memory."""
    import gc  # noqa: PLC0415
    import threading  # noqa: PLC0415

    boot.setup()
    logs.configure(settings().log_level)
    from firebreak.engine.kernels import compile_all  # noqa: PLC0415
    from firebreak.faces.server import preload, prepare, web, work  # noqa: F401, PLC0415

    compile_all()
    preload.load()
    if threading.active_count() > 1:
        _log.warning("threads before the fork", threads=[thread.name for thread in threading.enumerate()])
    gc.collect()
    gc.freeze()


def _forget_metrics(pid: int) -> None:
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
