"""Which frames of a video are decoded and handed out: keyframes with the gaps filled, or one every step."""

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from av.video.frame import VideoFrame

from firebreak.engine.media.decoder import Skip, VideoPacket
from firebreak.engine.media.reader import Reader, Timed

SPACING = 0.2
"""Seconds: a keyframe nearer than this to the last frame is treated as any other frame."""
_HELD_BYTES = 32 * 1024 * 1024
_HELD_PACKETS = 5000
ROUNDING = 1e-3
"""Seconds by which containers round time stamps."""

Following = Callable[[float], float]
"""When the next frame is due after one at the given time; infinity ends it."""


class Picture(NamedTuple):
    time: float
    frame: VideoFrame
    keyframe: bool


def pick(
    reader: Reader, packets: Iterable[Timed], due: float, following: Following, keys: float = math.inf
) -> Iterator[Picture]:
    """Decode consecutive packets; take the first frame at or after each due time.

    A keyframe is also taken once `keys` seconds have passed since the last frame taken.
    """
    last, time = -math.inf, 0.0

    def skip(packet: VideoPacket) -> Skip:
        early = packet.pts is not None and reader.timeline.seconds(packet.pts) < due - ROUNDING
        return "NONREF" if early else "DEFAULT"

    for frame in reader.decoder.run((packet for packet, _ in packets), skip):
        time = reader.time(frame, after=time)
        reader.earliest = min(reader.earliest, time)
        if time <= last or not (time >= due - ROUNDING or (frame.key_frame and time >= last + keys)):
            continue
        last, due = time, following(time)
        yield Picture(time, frame, frame.key_frame)
        if due == math.inf:
            return


def every(step: float, start: float) -> Following:
    """A grid of times `step` apart from `start` on; every frame if `step` is 0."""
    if step <= 0:
        return lambda time: time
    return lambda time: start + (math.floor((time - start + ROUNDING) / step) + 1) * step


def dense(reader: Reader, start: float, end: float, step: float) -> Iterator[Picture]:
    """One frame about every `step` seconds within [start, end], from where the reader stands."""
    for picture in pick(reader, reader.packets(), start, every(step, start)):
        if picture.time > end + ROUNDING:
            return
        yield picture


class SparseSampler:
    """Keyframes, and frames between them only where they lie more than `max_gap` seconds apart.

    Packets since the last keyframe are held back, undecoded, until the next keyframe tells whether any of them
    is needed. A packet is a keyframe when it decodes alone: flags that lie cost time, not frames. Where more
    than 32 MiB or 5,000 packets come without a keyframe, the rest of the file is decoded in full.
    """

    def __init__(self, reader: Reader, max_gap: float) -> None:
        self._reader = reader
        self._max_gap = max(max_gap, ROUNDING)
        self._spacing = min(SPACING, max_gap / 4)
        self._last = -math.inf
        self._held: list[Timed] = []
        self._held_bytes = 0

    def pictures(self) -> Iterator[Picture]:
        """In time order. Gaps between frames are at most `max_gap` and one frame's duration."""
        packets = self._reader.packets()
        for timed in packets:
            if self._held_bytes > _HELD_BYTES or len(self._held) > _HELD_PACKETS:
                yield from self._later(self._all(chain(self._held, [timed], packets)))
                return
            if picture := self._keyframe(timed):
                yield from self._later(self._fill(until=timed.time))
                yield from self._later([picture])
                self._held, self._held_bytes = [], 0
            self._held.append(timed)
            self._held_bytes += timed.packet.size
        yield from self._later(self._fill(until=self._reader.timeline.end))

    def _keyframe(self, timed: Timed) -> Picture | None:
        if not timed.packet.is_keyframe or timed.time < self._last + self._spacing:
            return None
        frame = self._reader.key(timed.packet)
        return Picture(timed.time, frame, keyframe=True) if frame else None

    def _fill(self, until: float) -> Iterator[Picture]:
        """Evenly spaced frames out of the packets held, where more than `max_gap` lies between last and until."""
        if self._last == -math.inf:  # nothing so far was a keyframe
            yield from self._all(self._held)
            return
        begin, gap = self._last, until - self._last
        parts = math.ceil(gap / self._max_gap - ROUNDING)
        if parts < 2:
            return
        grid = every(gap / parts, begin)

        def following(time: float) -> float:
            return due if (due := grid(time)) < until - ROUNDING else math.inf

        for picture in pick(self._reader, self._held, grid(begin), following):
            if picture.time >= until:
                return
            yield picture

    def _all(self, packets: Iterable[Timed]) -> Iterator[Picture]:
        step = self._max_gap - self._reader.timeline.period
        return pick(self._reader, packets, self._last + step, lambda time: time + step, keys=self._spacing)

    def _later(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Those after the last one handed out: time never goes backwards."""
        for picture in pictures:
            if picture.time > self._last:
                self._last = picture.time
                yield picture
