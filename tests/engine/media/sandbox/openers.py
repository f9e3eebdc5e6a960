"""A decoder for the tests: the "file" is JSON that says what it does.

A child imports this module as its opener. `file("clip", frames=3)` makes the bytes of a file that opens as
`clip(frames=3)`; a test may call the same in its own process to see what should come out.
"""

import base64
import ctypes
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NoReturn

import numpy as np

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.source import AudioBlock, Frame, Luma, MediaInfo
from tests.engine.media.sandbox import attempts

NAME = __name__
_parent: socket.socket


def file(does: str, **arguments: object) -> bytes:
    return json.dumps({"does": does, **arguments}).encode()


def preload() -> None:
    """Keep a way to the parent that goes around the honest code, and what the attempts need."""
    attempts.prepare()
    global _parent  # noqa: PLW0603 - set once, before anything untrusted
    _parent = socket.socket(fileno=os.dup(int(sys.argv[1])))


def open_media(file: BinaryIO, limits: Limits) -> "Clip":
    request = json.loads(file.read())
    source: Clip = DEEDS[request.pop("does")](limits=limits, **request)
    return source


def picture(number: int, height: int, width: int) -> Luma:
    """A different picture for each number, smooth enough to survive being reduced."""
    rows, columns = np.ogrid[:height, :width]
    shade: Luma = ((rows + 2 * columns + 16 * number) // 8).astype(np.uint8)
    return shade


@dataclass
class Clip:
    """Frames and sound that can be told in advance."""

    frame_count: int = 3
    height: int = 48
    width: int = 64
    seconds_of_sound: int = 0
    block: int = 1
    warnings: list[str] = field(default_factory=list)
    at_frame: Callable[[int], None] = lambda _: None
    turned: bool = False

    @property
    def info(self) -> MediaInfo:
        return MediaInfo("video", "fake", self.width, self.height, 1.5, self.seconds_of_sound > 0)

    def close(self) -> None:
        pass

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:
        return self._frames(0.0, None, max_gap)

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:
        return self._frames(start, end, step)

    def _frames(self, start: float, end: float | None, step: float) -> Iterator[Frame]:
        for number in range(self.frame_count):
            self.at_frame(number)
            time = start + number * step
            if end is None or time <= end:
                luma = picture(number, self.height, self.width)
                yield Frame(time, luma.T[::-1] if self.turned else luma, 16, 235, number == 0)

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:
        for second in range(0, self.seconds_of_sound, self.block):
            tone = np.linspace(-1, 1, rate * self.block, dtype=np.float32)
            yield AudioBlock(float(second), rate, tone / np.float32(second + 1))
        self.warnings.append("the sound is over")


def clip(limits: Limits, **arguments: Any) -> Clip:
    return Clip(**arguments)


def tries(limits: Limits, attempt: str) -> Clip:
    """Attempts what a decoder must not do; the outcome is the warning."""
    return Clip(warnings=[attempts.outcome(attempt)])


def modules(limits: Limits, names: list[str]) -> Clip:
    """Which of these modules the child has loaded."""
    return Clip(warnings=[name for name in names if name in sys.modules])


def dies(limits: Limits, signal_number: int, frame: int = 1) -> Clip:
    """Killed in mid-file, by a signal it sends itself."""
    return Clip(frame_count=9, at_frame=_at(frame, lambda: _raise(signal_number)))


def crashes(limits: Limits, frame: int = 1) -> Clip:
    return Clip(frame_count=9, at_frame=_at(frame, _segfault))


def leaves(limits: Limits, status: int) -> NoReturn:
    os._exit(status)


def spins(limits: Limits, frame: int = 0) -> Clip:
    """Computes for ever."""
    return Clip(at_frame=_at(frame, _spin))


def sleeps(limits: Limits, frame: int = 0) -> Clip:
    """Waits for ever."""
    return Clip(at_frame=_at(frame, lambda: time.sleep(3600)))


def hoards(limits: Limits, mebibytes: int, wrapped: bool = False) -> Clip:
    """Asks for memory, all at once and used."""
    try:
        hoard = np.ones(mebibytes * 2**20, np.uint8)
    except MemoryError as error:
        if wrapped:
            raise UnreadableMedia("this looks damaged") from error
        raise
    return Clip(width=1 + int(hoard[-1]))


def litters(limits: Limits, mebibytes: int) -> Clip:
    """Leaves memory behind, in a cycle that only the garbage collector finds."""
    clip = Clip()
    litter: list[object] = [clip.at_frame, np.ones(mebibytes * 2**20, np.uint8)]
    litter.append(litter)
    return clip


def endless(limits: Limits) -> Clip:
    return Clip(frame_count=10**12)


def deafening(limits: Limits) -> Clip:
    return Clip(seconds_of_sound=10**9)


def raises(limits: Limits, kind: str, text: str = "for a test", frame: int | None = None) -> Clip:
    """Any error a decoder may raise, at its opening or at a frame."""
    errors = {
        "unreadable": UnreadableMedia(text, "try another"),
        "limit": LimitExceeded("pixels", text),
        "failed": DecoderFailed(text),
        "bug": ZeroDivisionError(text),
    }
    if frame is None:
        raise errors[kind]
    return Clip(frame_count=9, at_frame=_at(frame, lambda: _throw(errors[kind])))


def says(limits: Limits, raw: str, frame: int | None = None, hangs: bool = False) -> Clip:
    """Sends the parent any bytes, in base 64, past the honest code."""
    data = base64.b64decode(raw)
    if hangs:
        _parent.sendall(data)
        time.sleep(3600)
    if frame is None:
        _parent.sendall(data)
    return Clip(frame_count=9, at_frame=_at(frame, lambda: _parent.sendall(data)))


def _at(frame: int | None, deed: Callable[[], object]) -> Callable[[int], None]:
    def act(number: int) -> None:
        if number == frame:
            deed()

    return act


def _throw(error: Exception) -> NoReturn:
    raise error


def _raise(number: int) -> None:
    signal.raise_signal(number)


def _spin() -> NoReturn:
    while True:
        pass


def _segfault() -> None:
    ctypes.string_at(8)


DEEDS: dict[str, Callable[..., Any]] = {
    deed.__name__: deed
    for deed in (
        clip,
        tries,
        modules,
        dies,
        crashes,
        leaves,
        spins,
        sleeps,
        hoards,
        litters,
        endless,
        deafening,
        raises,
        says,
    )
}
