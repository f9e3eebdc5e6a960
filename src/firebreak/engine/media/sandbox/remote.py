"""An opened file as the parent sees it: a `MediaSource` whose work is done in a child."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from firebreak.engine import deadline as deadlines
from firebreak.engine.errors import EngineError
from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, MediaError
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import messages
from firebreak.engine.media.sandbox.process import ChildProcess
from firebreak.engine.media.sandbox.ring import RingReader
from firebreak.engine.media.sandbox.wire import Message, ProtocolError
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

_Item = TypeVar("_Item", Frame, AudioBlock)

_FOREVER = 1e9  # seconds; JSON has no infinity
_SLACK = 10.0  # seconds of sound that the parent lets pass beyond the limit: the child counts more exactly
_LEAST_BLOCK = 0.01  # seconds that a block of sound counts at least, so that empty ones come to an end, too


class RemoteSource:
    """One file in one child, for one thread at a time. A new iterator ends the one before it."""

    info: MediaInfo
    warnings: list[str]

    def __init__(self, child: ChildProcess, limits: Limits, deadline: float | None = None) -> None:
        self._child = child
        self._limits = limits
        self._deadline = deadline
        self._patience = limits.wall_seconds
        self._stream = 0  # counts the iterators; the last is the live one
        self._streaming = False  # whether the child still owes a stream's end
        self._closed = False
        self._failure: EngineError | None = None

    def open(self, descriptor: int) -> None:
        """Have the child open the file. Raises MediaError, ScanDeadline; `close` is due all the same."""
        with self._judged():
            self._child.begin_file(descriptor)
            message = self._receive()
            messages.raise_error_in(message)
            self.info = messages.info_in(message)
            self.warnings = messages.warnings_in(message)

    def close(self) -> None:
        """Give the file up. The child cleans up after it while the parent goes on."""
        self._stop(self._stream)
        self._closed = True  # from here on the child may be at another file
        self._failure = None  # its traceback holds this source, and so the shared memory
        if self._child.usable:
            with suppress(MediaError), self._judged():
                self._child.end_file()

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:
        _require(max_gap > 0, "max_gap must be more than 0 s")
        return self._frames({"do": "sparse_frames", "max_gap": min(max_gap, _FOREVER)})

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:
        _require(math.isfinite(start), "start must be finite")
        _require(end is None or not math.isnan(end), "end must be a number")
        _require(step >= 0, "step must not be negative")
        last = None if end == math.inf else end
        return self._frames({"do": "frames", "start": start, "end": last, "step": min(step, _FOREVER)})

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:
        _require(0 < rate <= messages.HIGHEST_RATE, f"rate must be from 1 to {messages.HIGHEST_RATE} Hz")
        return self._blocks(rate)

    def _frames(self, request: Message) -> Iterator[Frame]:
        for given, frame in enumerate(self._items(request, messages.frame_in)):
            if given == self._limits.frames:
                raise LimitExceeded("frames", f"this has more than the {given} frames that one file may have")
            yield frame

    def _blocks(self, rate: int) -> Iterator[AudioBlock]:
        left = self._limits.duration + _SLACK
        for block in self._items({"do": "audio", "rate": rate}, messages.audio_in):
            left -= max(block.samples.size / rate, _LEAST_BLOCK)
            if left < 0:
                limit = f"{self._limits.duration:g} s"
                raise LimitExceeded("duration", f"this has more sound than the {limit} that one file may have")
            yield block

    def _items(self, request: Message, read: Callable[[Message, RingReader], tuple[int, _Item]]) -> Iterator[_Item]:
        stream = self._start(request)
        try:
            while (message := self._next()) is not None:
                with self._judged():
                    slot, item = read(message, self._child.ring)
                yield item
                self._require_live(stream)
                with self._judged():
                    self._child.send({"do": "free", "slot": slot})
        finally:
            self._stop(stream)

    def _start(self, request: Message) -> int:
        """Begin a stream, after the end of an abandoned one; returns its number."""
        self._require_live(self._stream)
        while self._streaming:
            try:
                self._next()
            except MediaError:
                if self._failure:
                    raise
        with self._judged():
            self._child.send(request)
        self._streaming = True
        self._stream += 1
        return self._stream

    def _next(self) -> Message | None:
        """The stream's next item; None at its end. Raises the MediaError with which it ends.

        A deadline that passed while the parent was busy costs the child nothing: it is told to stop.
        """
        deadlines.require(self._deadline)
        with self._judged():
            message = self._receive()
            if message.get("type") in ("end", "error"):
                self._streaming = False
                self.warnings = messages.warnings_in(message)
            messages.raise_error_in(message)
        return message if self._streaming else None

    def _stop(self, stream: int) -> None:
        """Tell the child that nobody wants more of a stream, unless it is over."""
        live = stream == self._stream and not self._closed
        if live and self._streaming and self._child.usable:
            with suppress(MediaError), self._judged():  # whoever goes on with this file hears of it
                self._child.send({"do": "stop"})

    def _require_live(self, stream: int) -> None:
        if self._closed:
            raise ValueError("the file was closed")
        if stream != self._stream:
            raise ValueError("another iterator of this file was started")

    def _receive(self) -> Message:
        """The child's next message. Only the time spent here counts as the decoder's."""
        started = time.monotonic()
        try:
            return self._child.receive(deadlines.left(self._deadline, self._patience))
        finally:
            self._patience -= time.monotonic() - started

    @contextmanager
    def _judged(self) -> Iterator[None]:
        """What the child does wrong in here costs the child, and ends this file for good.

        A decoder's own report of an error does not.
        """
        if self._failure:
            raise self._failure
        try:
            yield
        except TimeoutError:
            self._failure = self._too_late()
        except ProtocolError as error:
            self._failure = DecoderFailed(f"the decoder process broke its protocol: {error}")
        except MediaError as error:
            if self._child.usable:
                raise
            self._failure = error
        if self._failure:
            self._child.kill()
            raise self._failure

    def _too_late(self) -> EngineError:
        if deadlines.left(self._deadline) == 0.0:
            return deadlines.over()
        limit = f"{self._limits.wall_seconds:g} s"
        return LimitExceeded("wall_seconds", f"decoding this takes longer than the {limit} that one file may have")


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
