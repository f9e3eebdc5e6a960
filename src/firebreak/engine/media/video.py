"""Videos, through PyAV: luma from the decoder's own Y plane, sound beside it."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from av.container import InputContainer

from firebreak.engine.media.audio import read_audio
from firebreak.engine.media.container import audio_stream, declared_duration, open_container
from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.guard import decoding
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.planes import luma, upright
from firebreak.engine.media.reader import Reader
from firebreak.engine.media.sampling import Picture, SparseSampler, dense
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

_BACK = 15.0  # seconds to go back further when a seek landed too late


class VideoSource:
    """A file with a video track. Each iterator reads the container anew, so they may run side by side.

    Second 0 is that of the first packet. The rotation flag is applied.
    """

    def __init__(self, file: BinaryIO, limits: Limits, name: str, container: InputContainer) -> None:
        """`container`, opened from `file` and of the kind `name`, belongs to the source from now on."""
        self._file = file
        self._limits = limits
        self.warnings: list[str] = []
        self._origin: int | None = None
        self._seekable = True
        self._unread: Reader | None = None
        with ExitStack() as cleanup, decoding("the video"):
            cleanup.callback(container.close)
            self._unread = Reader(container, limits, self.warnings)
            self.info = self._describe(self._unread, name)
            cleanup.pop_all()

    def close(self) -> None:
        """Free what is open; iterators that still run free what they use themselves."""
        if self._unread:
            self._unread.container.close()
            self._unread = None

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:
        with decoding("the video"), self._reader() as reader:
            for picture in SparseSampler(reader, max_gap).pictures():
                yield self._frame(picture)
            reader.finish()

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:
        last = math.inf if end is None else end
        with decoding("the video"):
            for entry in self._entries(start):
                with self._reader() as reader:
                    if entry > 0 and not reader.seek(entry):
                        continue
                    pictures = dense(reader, start, last, step)
                    first = next(pictures, None)
                    if entry > 0 and reader.earliest > start + reader.timeline.period:
                        continue  # the seek landed too late
                    if first:
                        yield self._frame(first)
                    yield from map(self._frame, pictures)
                    reader.require_picture()
                    return

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:
        if self.info.has_audio:
            yield from read_audio(self._file, self._limits, rate, self.warnings, self._zero)

    def _describe(self, reader: Reader, name: str) -> MediaInfo:
        self._check_size(reader.stream.width, reader.stream.height)
        frame = reader.first_frame()
        height, width = reader.stream.height, reader.stream.width
        if frame:
            self._check_size(frame.width, frame.height)
            height, width = upright(luma(frame)[0], frame).shape
        self._origin = reader.timeline.origin
        self._zero = (self._origin or 0) * reader.timeline.tick
        return MediaInfo(
            kind="video",
            container=name,
            width=width,
            height=height,
            duration=declared_duration(reader.container, reader.stream),
            has_audio=audio_stream(reader.container) is not None,
        )

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self._limits.pixels:
            raise LimitExceeded("pixels", f"its pictures are {width} x {height}", "scale it down, or allow more pixels")

    def _entries(self, start: float) -> list[float]:
        """Seconds to seek to, one after another until one lands at or before `start`; 0 reads all before it."""
        if start > self._limits.duration:
            return []
        entries = [start, start - _BACK] if self._seekable else []
        return [entry for entry in entries if entry > 0] + [0.0]

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        """A reader at the start of the file, closed afterwards."""
        reader, self._unread = self._unread, None
        with reader.container if reader else open_container(self._file, self._limits) as container:
            reader = reader or Reader(container, self._limits, self.warnings, self._origin)
            try:
                yield reader
            finally:
                self._seekable = self._seekable and not reader.timeline.broken

    def _frame(self, picture: Picture) -> Frame:
        codes, black, white = luma(picture.frame)
        return Frame(picture.time, upright(codes, picture.frame), black, white, picture.keyframe)
