"""How many scans a process works on at once: whoever comes beyond that hears of it at once, instead of waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from firebreak.records.common.errors import TooMany
from firebreak.records.common.settings import settings


class Slots:
    """Places for `most` at a time. Safe for use from several threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._free = threading.Semaphore(most)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place. Raises TooMany where there is none."""
        if not self._free.acquire(blocking=False):
            raise full(self.most)
        try:
            yield
        finally:
            self._free.release()

    @contextmanager
    def one_within(self, seconds: float) -> Iterator[bool]:
        """Hold a place if one is free within some seconds; tell whether."""
        held = self._free.acquire(timeout=seconds)
        try:
            yield held
        finally:
            if held:
                self._free.release()


def full(most: int) -> TooMany:
    """Return what to tell whoever found no place."""
    return TooMany(
        f"this process works on {most} scans already, as many as it may",
        "try again in a moment; add processes, or raise FIREBREAK_SCANS_AT_ONCE, when this happens often",
        after=1.0,
    )


@cache
def scans() -> Slots:
    """Return the places for scans in this process."""
    return Slots(settings().scans_at_once)


@cache
def moving() -> Slots:
    """Return the places for videos and sound: one decoder less than there are, so that stills always find one."""
    return Slots(max(1, settings().decoders - 1))
