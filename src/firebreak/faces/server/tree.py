"""The supervisor: starts the parts in order, heals those that end, and takes all of them down in the reverse order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import structlog

from firebreak.faces.server import spawn
from firebreak.faces.server.errors import ServerError

_log = structlog.get_logger("firebreak.supervisor")
_STOP: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_WATCHED: Final = _STOP | {signal.SIGCHLD}
_STEADY_SECONDS: Final = 10.0  # who lived this long has not crashed at its start
_LONGEST_PAUSE: Final = 30.0
_LONGEST_PAUSE_KILLED: Final = 1.0  # what was killed did not fail by itself
_ORPHAN_SECONDS: Final = 2.0


@dataclass(slots=True)
class Part:
    """One process of the tree. `start` returns its process id at once; `ended` hears of the id that is gone."""

    name: str
    start: Callable[[], int]
    stop_by: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    ended: Callable[[int], None] = lambda _: None
    pid: int = 0
    _began: float = 0.0
    _crashes: int = 0
    _again_at: float = 0.0

    @property
    def due(self) -> bool:
        return not self.pid and time.monotonic() >= self._again_at

    def up(self) -> None:
        """Start it now."""
        self._began = time.monotonic()
        self.pid = self.start()

    def down(self, status: int) -> None:
        """Note that it ended, and when it is to start again: at once, or later when it keeps crashing."""
        ended, self.pid = self.pid, 0
        steady = time.monotonic() - self._began > _STEADY_SECONDS
        self._crashes = 0 if steady else self._crashes + 1
        longest = _LONGEST_PAUSE_KILLED if os.WIFSIGNALED(status) else _LONGEST_PAUSE
        pause = 0.0 if self._crashes < 2 else min(longest, 0.25 * 2**self._crashes)
        self._again_at = time.monotonic() + pause
        self.ended(ended)
        _log.warning("part ended", part=self.name, how=_how(status), again_in=pause, crashes=self._crashes)

    def postpone(self, why: str) -> None:
        """Note that it could not be started."""
        self._crashes += 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2**self._crashes)
        self._again_at = time.monotonic() + pause
        _log.warning("part cannot start", part=self.name, why=why, again_in=pause)


@dataclass(slots=True)
class Tree:
    """All parts, in the order in which they start."""

    parts: list[Part] = field(default_factory=list)
    stopping: bool = False

    def __post_init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        spawn.adopt_orphans()

    def add(self, part: Part) -> None:
        """Start a part and look after it from now on."""
        part.up()
        self.parts.append(part)

    def once(self, name: str, start: Callable[[], int]) -> bool:
        """Start something that ends by itself and wait for it; tell whether it went well."""
        pid = start()
        while True:
            self._wait(0.5)
            ended = self._reap()
            if pid in ended:
                return ended[pid] == 0
            self._start_due()
            if self.stopping:
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
                _log.info("stopped before it was done", what=name)
                return False

    def run(self, tick: Callable[[], None] = lambda: None) -> None:
        """Look after the parts until asked to stop. `tick` is called about twice a second."""
        while not self.stopping:
            self._start_due()
            tick()
            self._wait(self._pause())
            self._reap()

    def stop(self) -> None:
        """Take all parts down, the last started first; who does not end in its time is killed."""
        self.stopping = True
        for part in reversed(self.parts):
            if part.pid:
                _end(part)
        _reap_orphans()

    def let_go(self) -> None:
        """Hear signals again as any program does, for a process that goes on afterwards."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)

    def _start_due(self) -> None:
        for part in self.parts:
            if part.due and not self.stopping:
                try:
                    part.up()
                except (ServerError, OSError) as problem:
                    part.postpone(str(problem))

    def _pause(self) -> float:
        return 0.05 if any(not part.pid for part in self.parts) else 0.5

    def _wait(self, seconds: float) -> None:
        heard = signal.sigtimedwait(_WATCHED, seconds)
        if heard is not None and heard.si_signo in _STOP:
            self.stopping = True

    def _reap(self) -> dict[int, int]:
        """Note which parts have ended; return the status of every other child that has."""
        parts, others = {part.pid: part for part in self.parts if part.pid}, {}
        for pid, status in _ended():
            if part := parts.get(pid):
                part.down(status)
            else:
                others[pid] = status
        return others


def _ended() -> Iterator[tuple[int, int]]:
    """Yield the children that have ended, ours and orphans that came to us."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, status


def _reap_orphans() -> None:
    until = time.monotonic() + _ORPHAN_SECONDS
    while time.monotonic() < until:
        for _ in _ended():
            continue
        if not spawn.has_children():
            return
        signal.sigtimedwait({signal.SIGCHLD}, 0.05)


def _end(part: Part) -> None:
    os.kill(part.pid, part.stop_by)
    until = time.monotonic() + part.stop_seconds
    while not os.waitpid(part.pid, os.WNOHANG)[0]:
        if time.monotonic() > until:
            _log.warning("part did not end in time", part=part.name, seconds=part.stop_seconds)
            os.kill(part.pid, signal.SIGKILL)
            os.waitpid(part.pid, 0)
            break
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)
    part.ended(part.pid)
    part.pid = 0


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.waitstatus_to_exitcode(status)}"
