"""The time, from one place, so that tests can hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


_clock: ContextVar[Clock] = ContextVar("clock", default=_system)


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return _clock.get()()


@contextmanager
def using(clock: Clock) -> Iterator[None]:
    """Take the time from `clock`, which must answer aware times in UTC."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Hold the time at `at`."""
    with using(lambda: at):
        yield
