"""A pool of decoder processes that heals: the one way in which the rest of Firebreak opens media."""

import math
import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Self

from firebreak.engine import deadline as deadlines
from firebreak.engine.errors import PoolBusy
from firebreak.engine.media.errors import DecoderFailed, MediaError
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.input_file import Source, input_descriptor
from firebreak.engine.media.sandbox.process import DECODERS, ChildProcess, Setup
from firebreak.engine.media.sandbox.remote import RemoteSource
from firebreak.engine.media.source import MediaSource

_CLOSED = "the pool of decoder processes was closed"


class _Seat:
    """One place in the pool, for one file at a time."""

    child: Future[ChildProcess] | None = None


class DecoderPool:
    """Decodes untrusted files, at most `size` at a time, each in a locked-down child process.

    Children start when they are first needed, or in the background with `warm`. Each takes up to
    `files_per_child` files, one after another; then a fresh one takes its place, as for one that died, hung
    or broke its protocol. Safe to use from several threads. Make the pool after a fork, not before it.
    """

    def __init__(
        self,
        size: int = 1,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        files_per_child: int = 200,
        opener: str = DECODERS,
    ) -> None:
        """Raises ValueError for a size below 1, and for a limit that is not above 0 and finite."""
        if size < 1:
            raise ValueError(f"a pool needs at least one child, not {size}")
        for name, value in asdict(limits).items():
            if not 0 < value < math.inf:
                raise ValueError(f"the limit {name} must be above 0 and finite, not {value}")
        self._setup = Setup(limits, opener)
        self._files_per_child = files_per_child
        self._seats = [_Seat() for _ in range(size)]
        self._free = list(self._seats)  # the last one given back is taken first: it is warm
        self._changed = threading.Condition()
        self._closed = False
        self._dead: list[ChildProcess] = []  # children that were killed; whoever starts the next one buries them
        self._owner = os.getpid()
        # The kernel kills a child when the thread that started it ends, so one thread that lasts starts all.
        self._starter = ThreadPoolExecutor(1, "firebreak-decoders")

    def warm(self) -> None:
        """Start all children, without waiting for them."""
        with self._changed:
            for seat in self._free:
                self._fill(seat)

    def open(
        self, source: Source, *, deadline: float | None = None, wait: float | None = None
    ) -> AbstractContextManager[MediaSource]:
        """Open a file, by path, content or descriptor, in the next free child; waits until there is one.

        So whoever holds a file open and asks for another in the same thread needs a pool of two or more.
        Entering the context, and the iterators of the source, raise MediaError: UnreadableMedia for what is
        no regular file or no medium, LimitExceeded, or DecoderFailed where the child died of it. They raise
        ScanDeadline from `deadline` on, a time of `time.monotonic()`; entering raises PoolBusy when no child was
        free for `wait` seconds. The source is for one thread at a time, and one of its iterators at a time.
        """
        return self._opened(source, deadline, wait)

    def close(self) -> None:
        """End all children. Files that are still open in other threads end in DecoderFailed."""
        with self._changed:
            self._closed = True
            idle, self._free = self._free, []
            busy = [seat for seat in self._seats if seat not in idle]
            self._changed.notify_all()
        self._starter.shutdown(cancel_futures=True)
        self._bury()
        for seat in busy:
            if child := _child_of(seat):
                child.kill()
        for seat in idle:
            _vacate(seat)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _opened(self, source: Source, deadline: float | None, wait: float | None) -> Iterator[MediaSource]:
        with input_descriptor(source) as descriptor, self._seated(deadline, wait) as child:
            remote = RemoteSource(child, self._setup.limits, deadline)
            try:
                remote.open(descriptor)
                yield remote
            finally:
                remote.close()

    @contextmanager
    def _seated(self, deadline: float | None, wait: float | None) -> Iterator[ChildProcess]:
        seat = self._take(deadline, wait)
        try:
            yield self._ready_child(seat, deadline)
        finally:
            self._give_back(seat)

    def _take(self, deadline: float | None, wait: float | None) -> _Seat:
        if os.getpid() != self._owner:
            raise RuntimeError("this DecoderPool belongs to another process: make one in each, after the fork")
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._closed, deadlines.left(deadline, wait))
            self._require_open()
            if self._free:
                return self._free.pop()
        deadlines.require(deadline)
        if wait is None:
            raise deadlines.over()
        raise PoolBusy(f"all {len(self._seats)} decoders were busy for {wait:g} s", "try again later, or add decoders")

    def _ready_child(self, seat: _Seat, deadline: float | None) -> ChildProcess:
        """The seat's child, ready for a file; a fresh one where the first had died of an earlier file."""
        try:
            return self._settled(seat, deadline)
        except MediaError:
            _vacate(seat)
        return self._settled(seat, deadline)

    def _settled(self, seat: _Seat, deadline: float | None) -> ChildProcess:
        with self._changed:
            self._require_open()
            started = self._fill(seat)
        try:
            child = started.result(deadlines.left(deadline))
        except OSError as error:  # TimeoutError is one
            deadlines.require(deadline)
            raise DecoderFailed(f"the decoder process cannot start: {error}") from None
        except CancelledError:
            raise DecoderFailed(_CLOSED) from None
        child.settle(deadline)
        return child

    def _fill(self, seat: _Seat) -> Future[ChildProcess]:
        if seat.child is None:
            seat.child = self._starter.submit(self._start)
        return seat.child

    def _start(self) -> ChildProcess:
        try:
            return ChildProcess(self._setup)
        finally:
            self._bury()

    def _bury(self) -> None:
        while self._dead:
            self._dead.pop().end()

    def _give_back(self, seat: _Seat) -> None:
        child = _child_of(seat) if seat.child and seat.child.done() else None  # whoever gives back must not wait
        worn = child if child and (not child.usable or child.files >= self._files_per_child) else None
        with self._changed:
            if not self._closed:
                if worn:
                    worn.kill()
                    self._dead.append(worn)  # to give back what it held can take it a tenth of a second
                    seat.child = None
                    self._fill(seat)
                self._free.append(seat)
                self._changed.notify()
                return
        _vacate(seat)

    def _require_open(self) -> None:
        if self._closed:
            raise DecoderFailed(_CLOSED)


def _child_of(seat: _Seat) -> ChildProcess | None:
    """The seat's child, waited for where it is being made."""
    started = seat.child
    if started is None or started.cancelled() or started.exception():
        return None
    return started.result()


def _vacate(seat: _Seat) -> None:
    if child := _child_of(seat):
        child.end()
    seat.child = None
