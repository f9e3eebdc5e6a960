"""Decodes the packets of one video stream: single keyframes, or runs that begin with one."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Literal, TypeAlias

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from firebreak.engine.media.container import on_one_thread
from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.limits import Limits

VideoPacket: TypeAlias = "Packet[VideoStream]"  # subscriptable in its stub only
Skip = Literal["DEFAULT", "NONREF", "NONKEY"]


class Decoder:
    """Wraps a codec; damaged packets are counted, not raised. Each call starts from a clean state."""

    def __init__(self, stream: VideoStream, limits: Limits) -> None:
        self._context = stream.codec_context
        on_one_thread(self._context, limits)
        self._limit = limits.frames
        self.fed = 0
        """Packets given to the codec."""
        self.shown = 0
        """Frames that came out of it."""
        self.damaged = 0
        """Packets that the codec could make nothing of."""

    def key(self, packet: VideoPacket) -> VideoFrame | None:
        """Decode one packet alone; None if it is no keyframe, whatever its flag says, or is damaged."""
        try:
            frames = self._feed(packet, "NONKEY") + self._feed(None, "NONKEY")
        except av.error.MemoryError:
            raise
        except av.error.FFmpegError:
            return None
        finally:
            self._context.flush_buffers()
        return next((frame for frame in frames if frame.key_frame), None)

    def run(self, packets: Iterable[VideoPacket], skip: Callable[[VideoPacket], Skip]) -> Iterator[VideoFrame]:
        """Decode consecutive packets in full, but for what `skip` allows; frames come in display order."""
        try:
            for packet in chain(packets, [None]):
                try:
                    yield from self._feed(packet, skip(packet) if packet else "DEFAULT")
                except av.error.MemoryError:
                    raise
                except av.error.FFmpegError:
                    self.damaged += packet is not None
        finally:
            self._context.flush_buffers()

    def _feed(self, packet: "VideoPacket | None", skip: Skip) -> list[VideoFrame]:
        self.fed += packet is not None
        if self.fed > self._limit:
            raise LimitExceeded(
                "frames", f"more than {self._limit} frames had to be decoded", "split it, or allow more frames"
            )
        self._context.open(strict=False)  # before skipping is asked for: dav1d would keep to it for good
        self._context.skip_frame = skip
        frames = self._context.decode(packet)
        self.shown += len(frames)
        return frames
