"""Threads that run beside the work of a web or worker process: one line each, kept alive.

A thread is a function `run(stop)` that works until `stop` is set. One that fails is told of in the log and started
again after a pause that grows while it keeps failing. Only what is listed here runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Final

import structlog
from django.db import connections

_log = structlog.get_logger(__name__)
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0  # who ran this long has recovered


class Process(StrEnum):
    """The kinds of process that there are."""

    WEB = "web"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Background:
    """`run` is the dotted path of `run(stop: threading.Event) -> None`; `where` the processes that need it."""

    name: str
    run: str
    where: frozenset[Process]


_EVERYWHERE: Final = frozenset(Process)
_WORKERS: Final = frozenset({Process.WORK})

BACKGROUND: Final = (
    Background("banks follower", "firebreak.records.banks.library.follow", _EVERYWHERE),
    Background("banks base", "firebreak.records.banks.library.build", _EVERYWHERE),
    Background("job sweep", "firebreak.records.common.sweep.run", _WORKERS),
    Background("ledger sequencer", "firebreak.records.ledger.sequencer.run", _WORKERS),
    Background("token use", "firebreak.records.staff.tokens.run", _EVERYWHERE),
)


@dataclass(slots=True)
class Running:
    """The threads of this process."""

    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    failures: dict[str, tuple[float, str]] = field(default_factory=dict)
    """When each thread failed last, as `time.monotonic()`, and of what."""

    def failing(self) -> dict[str, str]:
        """Return what the threads failed of that have not been steady since."""
        since = time.monotonic() - _STEADY_SECONDS
        return {name: why for name, (at, why) in self.failures.items() if at > since}

    def end(self, seconds: float) -> bool:
        """Ask all to stop and wait for them; tell whether all did in time."""
        self.stop.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self.threads)


def start(kind: Process, background: tuple[Background, ...] | None = None) -> Running:
    """Start what a process of this kind needs. Raises ImportError for a path that leads nowhere."""
    running = Running()
    wanted = [one for one in (BACKGROUND if background is None else background) if kind in one.where]
    for one, run in [(one, _function(one.run)) for one in wanted]:
        thread = threading.Thread(target=_keep_running, args=(one.name, run, running), name=one.name, daemon=True)
        running.threads.append(thread)
        thread.start()
    return running


def _function(path: str) -> Callable[[threading.Event], None]:
    module, _, name = path.rpartition(".")
    function: Callable[[threading.Event], None] = getattr(import_module(module), name)
    return function


def _keep_running(name: str, run: Callable[[threading.Event], None], running: Running) -> None:
    pause = _FIRST_PAUSE
    while not running.stop.is_set():
        began = time.monotonic()
        try:
            run(running.stop)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the thread has to live on
            running.failures[name] = (time.monotonic(), f"{type(problem).__name__}: {problem}")
            _log.warning("thread failed", thread=name, again_in=pause, exc_info=problem)
        finally:
            connections.close_all()
        if time.monotonic() - began > _STEADY_SECONDS:
            pause = _FIRST_PAUSE
        running.stop.wait(pause)
        pause = min(_LONGEST_PAUSE, pause * 2)
