"""How often somebody may do something: a token bucket for each, in this process's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from functools import cache
from typing import Final

BURST_SECONDS: Final = 2.0  # so much of the rate may come at once after a pause
_MOST_KEYS: Final = 10_000


class Rate:
    """Lets `per_second` pass for each key, and after a pause some more. Safe for use from several threads."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._most = max(1.0, per_second * BURST_SECONDS)
        self._left: dict[Hashable, tuple[float, float]] = {}  # how many may pass, and when that was so
        self._changing = threading.Lock()

    def take(self, key: Hashable) -> float:
        """Take one: return 0, or after how many seconds there will be one."""
        now = time.monotonic()
        with self._changing:
            left, at = self._left.get(key, (self._most, now))
            left = min(self._most, left + (now - at) * self.per_second)
            if left < 1.0:
                return (1.0 - left) / self.per_second
            if len(self._left) >= _MOST_KEYS:
                self._left.clear()
            self._left[key] = left - 1.0, now
        return 0.0


@cache
def of(what: str, per_second: float) -> Rate:  # noqa: ARG001 - one for each thing that is limited
    """Return this process's rate of something."""
    return Rate(per_second)
