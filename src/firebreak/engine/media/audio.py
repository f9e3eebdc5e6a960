"""Sound tracks, through PyAV: mono blocks of about one second."""

import math
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, cast

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph

from firebreak.engine.media.container import audio_stream, declared_duration, on_one_thread, only, open_container
from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.guard import decoding, note, reason
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo, Samples
from firebreak.engine.media.timeline import Timeline

_HIGHEST_RATE = 768_000  # samples a second; beyond it a header is nonsense
_HOLE = 0.25  # seconds of missing sound after which times start anew


class Resampler:
    """From frames of one format to mono float32 at another rate."""

    # av.AudioResampler does the same with one thread for each processor.

    def __init__(self, frame: AudioFrame, rate: int) -> None:
        if not 0 < frame.sample_rate <= _HIGHEST_RATE:
            raise UnreadableMedia(f"its sound claims {frame.sample_rate} samples a second", "encode it anew")
        self.input = describe(frame)
        self._graph = Graph()
        self._graph.threads = 1
        nodes = (
            self._graph.add(
                "abuffer",
                sample_rate=str(frame.sample_rate),
                sample_fmt=frame.format.name,
                channel_layout=frame.layout.name,
                time_base=f"1/{frame.sample_rate}",
            ),
            # Channels are averaged: the loudest sum must not exceed 1.
            self._graph.add("aresample", rematrix_maxval="1", out_chlayout="mono", out_sample_rate=str(rate)),
            self._graph.add("aformat", sample_rates=str(rate), sample_fmts="flt", channel_layouts="mono"),
            self._graph.add("abuffersink"),
        )
        self._graph.link_nodes(*nodes).configure()

    def feed(self, frame: AudioFrame | None) -> Iterator[Samples]:
        """What comes out after one more frame; None asks for the rest."""
        self._graph.push(frame)
        while True:
            try:
                out = cast("AudioFrame", self._graph.pull())
            except (BlockingIOError, EOFError):
                return
            yield np.frombuffer(cast("memoryview", out.planes[0]), np.float32)[: out.samples].copy()


def describe(frame: AudioFrame) -> tuple[int, str, str]:
    return frame.sample_rate, frame.format.name, frame.layout.name


class Track:
    """Collects resampled sound and cuts it into blocks; keeps count of the time on both sides."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler: Resampler | None = None
        self._pending: list[Samples] = []
        self._begin = self._heard_until = -math.inf

    def hear(self, frame: AudioFrame, time: float) -> Iterator[AudioBlock]:
        """Take a frame that belongs at `time`; small errors of time stamps are ignored, holes are kept."""
        hole = time - self._heard_until > _HOLE
        if self._resampler and (hole or self._resampler.input != describe(frame)):
            yield from self.end()
        if self._resampler is None:
            self._resampler = Resampler(frame, self._rate)
            self._begin = self._heard_until = max(time, self._heard_until)
        frame.pts = None
        self._heard_until += frame.samples / frame.sample_rate
        for samples in self._resampler.feed(frame):
            self._pending.append(samples)
            yield from self._cut(self._rate)

    def end(self) -> Iterator[AudioBlock]:
        """The rest."""
        if self._resampler:
            self._pending += self._resampler.feed(None)
            yield from self._cut(1)
        self._resampler = None

    def _cut(self, least: int) -> Iterator[AudioBlock]:
        if sum(map(len, self._pending)) < least:
            return
        samples = np.concatenate(self._pending)
        for first in range(0, len(samples), self._rate):
            block = samples[first : first + self._rate]
            if len(block) < min(least, self._rate):
                self._pending = [block]
                return
            yield AudioBlock(self._begin, self._rate, block)
            self._begin += len(block) / self._rate
        self._pending = []


def read_audio(
    file: BinaryIO, limits: Limits, rate: int, warnings: list[str], zero: float | None = None
) -> Iterator[AudioBlock]:
    """Blocks of the best sound track; `zero` is the container's second that counts as 0, else its own first."""
    with decoding("the sound"), closing(open_container(file, limits)) as container:
        stream = audio_stream(container)
        if stream is None:
            return
        on_one_thread(stream.codec_context, limits)
        only(container, stream)
        timeline = Timeline(stream, limits.duration, warnings)
        if zero is not None:
            timeline.origin = round(zero / timeline.tick)
        track = Track(rate)
        for frame, time in decoded(container, stream, timeline, warnings):
            yield from track.hear(frame, time)
        yield from track.end()


def decoded(
    container: InputContainer, stream: AudioStream, timeline: Timeline, warnings: list[str]
) -> Iterator[tuple[AudioFrame, float]]:
    """Frames with their seconds; damaged packets are left out."""
    damaged, time = 0, 0.0
    try:
        for packet in container.demux(stream):
            time = timeline.place(packet) if packet.size else time
            try:
                for frame in stream.codec_context.decode(packet):
                    yield frame, timeline.seconds(frame.pts) if frame.pts is not None else time
            except av.error.FFmpegError:
                damaged += 1
    except (av.error.FFmpegError, OSError) as error:
        note(warnings, f"the sound is damaged after {timeline.end:.1f} s ({reason(error)})")
    if damaged:
        note(warnings, f"{damaged} damaged pieces of sound were left out")


class AudioSource:
    """A file with sound and no pictures but a cover."""

    def __init__(self, file: BinaryIO, limits: Limits, container: str) -> None:
        self._file = file
        self._limits = limits
        self.warnings: list[str] = []
        with decoding("the sound"), closing(open_container(file, limits)) as opened:
            stream = audio_stream(opened)
            if stream is None:
                raise UnreadableMedia("it has neither pictures nor sound that can be decoded", "check that it plays")
            duration = declared_duration(opened, stream)
        self.info = MediaInfo("audio", container, 0, 0, duration, has_audio=True)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:  # noqa: ARG002 - there are none
        return iter(())

    def frames(
        self,
        start: float = 0.0,  # noqa: ARG002
        end: float | None = None,  # noqa: ARG002
        step: float = 0.25,  # noqa: ARG002
    ) -> Iterator[Frame]:
        return iter(())

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:
        return read_audio(self._file, self._limits, rate, self.warnings)
