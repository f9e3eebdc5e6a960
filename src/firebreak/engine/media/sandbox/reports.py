"""Errors and warnings as they cross from child to parent: bounded text without control characters."""

from collections.abc import Iterator, Sequence

from firebreak.engine.media.errors import LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.wire import Message

MAX_TEXT = 500
MAX_WARNINGS = 20


def printable(text: str) -> str:
    """`text` as it may reach a terminal or a log: what does not print becomes "?", and the end is cut."""
    cut = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."
    return "".join(letter if letter.isprintable() else "?" for letter in cut)


def warnings_of(warnings: Sequence[str]) -> list[str]:
    """The first warnings, and how many more there are."""
    if len(warnings) <= MAX_WARNINGS:
        return [printable(text) for text in warnings]
    kept = [printable(text) for text in warnings[: MAX_WARNINGS - 1]]
    return [*kept, f"and {len(warnings) - len(kept)} more warnings"]


def report_of(error: Exception, limits: Limits) -> Message:
    """The message that stands for whatever a decoder raised."""
    if any(isinstance(one, MemoryError) for one in _chain(error)):
        limit = f"{limits.memory / 2**20:.0f} MiB of memory"
        return _report("limit", f"decoding this needs more than the {limit} that one file may have", limit="memory")
    match error:
        case LimitExceeded():
            return _report("limit", error.problem, error.remedy, error.limit)
        case UnreadableMedia():
            return _report("unreadable", error.problem, error.remedy)
        case MediaError():
            return _report("failed", error.problem, error.remedy)
    return _report("failed", f"the decoder failed with {type(error).__name__}: {error}")


def start_report_of(error: Exception) -> Message:
    """The message that says why there will be no decoder."""
    return _report("failed", f"the decoder process cannot start: {type(error).__name__}: {error}")


def _report(kind: str, problem: str, remedy: str = "", limit: str = "") -> Message:
    return {
        "type": "error",
        "kind": kind,
        "limit": limit,
        "problem": printable(problem),
        "remedy": printable(remedy),
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it: a decoder may have wrapped it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
