"""Threads are kept alive, and asked to stop."""

from __future__ import annotations

import threading

from firebreak.records.common import background
from firebreak.records.common.background import Background, Process

_calls: list[str] = []
_third = threading.Event()


def breaks_twice(stop: threading.Event) -> None:
    _calls.append(threading.current_thread().name)
    if len(_calls) < 3:
        raise ValueError("not yet")
    _third.set()
    stop.wait()


def waits(stop: threading.Event) -> None:
    stop.wait()


def _here(name: str, *where: Process) -> Background:
    return Background(name, f"{__name__}.{name}", frozenset(where))


def test_one_that_fails_is_started_again_and_told_of() -> None:
    running = background.start(Process.WORK, (_here("breaks_twice", Process.WORK),))
    try:
        assert _third.wait(10)
        assert _calls == ["breaks_twice"] * 3
        assert running.failing() == {"breaks_twice": "ValueError: not yet"}
    finally:
        assert running.end(5)


def test_only_what_this_kind_of_process_needs_runs() -> None:
    both = (_here("waits", Process.WEB), _here("breaks_twice", Process.WORK))
    running = background.start(Process.WEB, both)
    assert [thread.name for thread in running.threads] == ["waits"]
    assert running.end(5)


def test_every_registered_path_leads_somewhere() -> None:
    for one in background.BACKGROUND:
        assert callable(background._function(one.run))
