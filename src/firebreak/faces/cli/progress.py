"""Work on many files at once, in order, with a bar on the terminal when it takes longer than a blink."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Self, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")
_STRIDE = 500


def in_order(work: Callable[[In], Out], items: Sequence[In], *, jobs: int, title: str) -> Iterator[tuple[In, Out]]:
    """Yield `(item, work(item))` in the order of `items`, `jobs` at a time, never far ahead of the reader."""
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="firebreak")
    waiting: list[tuple[In, Future[Out]]] = []
    rest = iter(items)
    try:
        waiting = [(item, pool.submit(work, item)) for item in islice(rest, 4 * jobs)]
        with _Bar(title, len(items)) as bar:
            while waiting:
                item, future = waiting.pop(0)
                result = future.result()
                waiting += [(item, pool.submit(work, item)) for item in islice(rest, 1)]
                bar.advance()
                yield item, result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def counted(items: Iterable[In], *, total: int | None, title: str) -> Iterator[In]:
    """Yield what is in `items`, with a bar for what may take long; `total` is None when nobody knows."""
    with _Bar(title, total) as bar:
        for number, item in enumerate(items, 1):
            yield item
            if number % _STRIDE == 0:
                bar.advance(_STRIDE)


class _Bar:
    """A progress bar on standard error; nothing at all when that is no terminal or there is but one item."""

    def __init__(self, title: str, total: int | None) -> None:
        self._shown = total not in {0, 1} and sys.stderr.isatty()
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task(title, total=total)

    def __enter__(self) -> Self:
        if self._shown:
            self._progress.start()
        return self

    def advance(self, steps: int = 1) -> None:
        if self._shown:
            self._progress.advance(self._task, steps)

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._progress.stop()
