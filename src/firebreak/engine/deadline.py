"""Deadlines: instants of `time.monotonic()` in seconds, None for all the time in the world."""

from time import monotonic

from firebreak.engine.errors import ScanDeadline


def over() -> ScanDeadline:
    return ScanDeadline("the time for this scan is over", "scan it again with more time, or later")


def require(deadline: float | None) -> None:
    """Raise ScanDeadline where there is no time left."""
    if deadline is not None and monotonic() >= deadline:
        raise over()


def left(deadline: float | None, most: float | None = None) -> float | None:
    """Return for how many seconds one may wait, never longer than `most`; None for ever."""
    if deadline is None:
        return most
    rest = max(0.0, deadline - monotonic())
    return rest if most is None else min(rest, most)
