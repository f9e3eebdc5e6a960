"""What the tests of the decoders share: opening a file, a reference decoder, small edits of container bytes."""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import Source, open_media
from firebreak.engine.media.source import AudioBlock, Frame

Luma = NDArray[np.uint8]


@contextmanager
def opened(source: Path | bytes, limits: Limits | None = None) -> Iterator[Source]:
    """Open bytes or a file as the decoder process does: a stream without a name."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    media = open_media(io.BytesIO(data), limits or Limits())
    try:
        yield media
    finally:
        media.close()


def kept(frame: Frame) -> Frame:
    """A frame that stays valid."""
    return Frame(frame.time, frame.luma.copy(), frame.black, frame.white, frame.keyframe)


def sparse(source: Path | bytes, max_gap: float = 1.0, limits: Limits | None = None) -> list[Frame]:
    with opened(source, limits) as media:
        return [kept(frame) for frame in media.sparse_frames(max_gap)]


def frames(source: Path | bytes, start: float = 0.0, end: float | None = None, step: float = 0.25) -> list[Frame]:
    with opened(source) as media:
        return [kept(frame) for frame in media.frames(start, end, step)]


def sound(source: Path | bytes, rate: int = 16000) -> list[AudioBlock]:
    with opened(source) as media:
        return list(media.audio(rate))


def times(found: Sequence[Frame]) -> list[float]:
    return [frame.time for frame in found]


def gaps(found: Sequence[Frame], end: float) -> NDArray[np.float64]:
    """Seconds between frames, and from the last one to `end`."""
    return np.diff([*times(found), end])


def reference(path: Path) -> list[tuple[float, Luma]]:
    """Every frame by PyAV's plain interface: seconds and the Y plane (8-bit 4:2:0 only)."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        found = []
        for frame in container.decode(video):
            luma = cast("Luma", frame.to_ndarray()[: frame.height])
            found.append((frame.time - float((video.start_time or 0) * (video.time_base or 0)), luma))
        return found


def remux(source: Path, target: Path, change: Callable[[int, "Packet[VideoStream]"], None]) -> Path:
    """Copy the video packets of a file into another container, each changed first."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for number, packet in enumerate(given.demux(stream)):
            if packet.size:
                change(number, packet)
                packet.stream = copy
                made.mux(packet)
    return target


def patched(data: bytes, mark: bytes, skip: int, value: bytes) -> bytes:
    """Overwrite what comes `skip` bytes after each occurrence of `mark`; at least one there must be."""
    assert mark in data
    edited, start = bytearray(data), 0
    while (found := data.find(mark, start)) >= 0:
        at = found + len(mark) + skip
        edited[at : at + len(value)] = value
        start = found + 1
    return bytes(edited)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an ISO base media file."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body
