"""One pass over the video track of a file: packets with repaired times, and what decodes them."""

import math
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame

from firebreak.engine.media.container import declared_duration, only, video_stream
from firebreak.engine.media.decoder import Decoder, VideoPacket
from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.guard import note, reason
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.timeline import Timeline

_PROBED = 100  # packets searched for a first picture before the header is believed


class Timed(NamedTuple):
    packet: VideoPacket
    time: float


class Reader:
    """Reads an open container with video. `packets` may be walked once, or again after each `seek`."""

    def __init__(
        self, container: InputContainer, limits: Limits, warnings: list[str], origin: int | None = None
    ) -> None:
        self._limits = limits
        self._warnings = warnings
        self.container = container
        stream = video_stream(container)
        if stream is None:
            raise UnreadableMedia("it has no video that can be decoded", "check that it plays elsewhere")
        self.stream = stream
        only(self.container, stream)
        self.decoder = Decoder(stream, limits)
        self.timeline = Timeline(stream, limits.duration, warnings, origin)
        self.earliest = math.inf
        """The time of the earliest frame decoded by `sampling.pick`."""
        self._demuxed = self._demux()
        self._probed: list[Timed] = []
        self._first: tuple[VideoPacket, VideoFrame] | None = None

    def packets(self) -> Iterator[Timed]:
        """What is left to read, with each packet's second; ends with a warning where the file is damaged."""
        return chain(self._probed, self._demuxed)

    def key(self, packet: VideoPacket) -> VideoFrame | None:
        """Decode one packet alone, as `Decoder.key`."""
        if self._first and packet is self._first[0]:
            return self._first[1]
        return self.decoder.key(packet)

    def time(self, frame: VideoFrame, after: float) -> float:
        """A frame's second; `after` is the second of the one before it, should this one have no time stamp."""
        ticks = frame.pts if frame.pts is not None else frame.dts
        return max(0.0, self.timeline.seconds(ticks)) if ticks is not None else after + self.timeline.period

    def first_frame(self) -> VideoFrame | None:
        """The first picture, decoded ahead; None if there is none near the start."""
        for timed in self._demuxed:
            self._probed.append(timed)
            frame = self.decoder.key(timed.packet) if timed.packet.is_keyframe else None
            if frame is not None:
                self._first = (timed.packet, frame)
                return frame
            if len(self._probed) == _PROBED:
                break
        return next(self.decoder.run((packet for packet, _ in self._probed), lambda _: "DEFAULT"), None)

    def seek(self, time: float) -> bool:
        """Go on at the keyframe at or before `time`, or wherever the container thinks that is; False if it can't."""
        ticks = round(time / self.timeline.tick) + (self.timeline.origin or 0)
        try:
            self.container.seek(ticks, stream=self.stream, backward=True)
        except av.error.FFmpegError:
            return False
        self.timeline = Timeline(self.stream, self._limits.duration, self._warnings, self.timeline.origin)
        self._demuxed, self._probed = self._demux(), []
        return True

    def _demux(self) -> Iterator[Timed]:
        try:
            for packet in self.container.demux(self.stream):
                if packet.size:  # the last, empty one asks for a flush
                    yield Timed(packet, max(0.0, self.timeline.place(packet)))
        except (av.error.FFmpegError, OSError) as error:
            note(self._warnings, f"damaged after {self.timeline.end:.1f} s ({reason(error)})")

    def require_picture(self) -> None:
        """Raise UnreadableMedia if nothing has been decoded so far."""
        if not self.decoder.shown:
            raise UnreadableMedia(
                "nothing in the video can be decoded", "check that the file is whole and plays elsewhere"
            )

    def finish(self) -> None:
        """After a pass to the end of the file: warn of what was missing, or raise if it was everything."""
        self.require_picture()
        if self.decoder.damaged:
            note(self._warnings, f"{self.decoder.damaged} damaged pictures were left out")
        end, declared = self.timeline.end, declared_duration(self.container, self.stream)
        if declared and end < declared - max(0.5, 0.02 * declared):
            note(self._warnings, f"it ends after {end:.1f} s, though {declared:.1f} s are declared")
