"""Harmless test media, made from a seed: moving scenes, stills, sound, and edited copies of them.

Two seeds give unrelated pictures (PDQ distance about 128); one seed gives the same pictures again. A
scene lasts 4 to 8 s; in it smooth textures drift, turn and zoom behind moving shapes, so that frames some
seconds apart differ while neighbours resemble each other, as in real footage.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

Size = tuple[int, int]  # width, height
Plane = NDArray[np.uint8]
Sound = NDArray[np.float32]

TILE = 512  # side of a texture, which repeats without a seam
DRAWN = 480  # longest side that is drawn; larger frames are scaled up from it
CLOCK = 90_000  # ticks a second
SOUND_RATE = 48_000
SOUND_CODECS = {
    ".webm": "libopus",
    ".mkv": "libopus",
    ".ogg": "libopus",
    ".avi": "libmp3lame",
    ".mp3": "libmp3lame",
    ".wav": "pcm_s16le",
    ".flac": "flac",
}
BITEXACT = {"fflags": "+bitexact"}
FAST = {
    "libx264": {"preset": "superfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "b": "800k"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "b": "800k"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
}


def texture(rng: np.random.Generator) -> Plane:
    """Seamless 1/f noise with the contrast of a lit scene, (512, 512)."""
    power = np.fft.fftfreq(TILE)[:, None] ** 2 + np.fft.rfftfreq(TILE)[None, :] ** 2
    power[0, 0] = np.inf
    phases = np.exp(2j * np.pi * rng.random(power.shape))
    heights = np.fft.irfft2(phases * power**-1.0, (TILE, TILE))
    return cast("Plane", (127.5 + 115 * np.tanh(1.2 * heights / heights.std())).astype(np.uint8))


class Path2D:
    """A camera's way over a texture: start, drift, turn and zoom."""

    def __init__(self, rng: np.random.Generator, speed: float) -> None:
        self.start = rng.uniform(0, TILE, 2)
        self.drift = rng.uniform(-speed, speed, 2)
        self.angle, self.turn = rng.uniform(0, 2 * np.pi), rng.uniform(-0.002, 0.002) * speed
        self.scale, self.zoom = rng.uniform(0.7, 1.1), rng.uniform(-0.002, 0.002) * speed

    def view(self, tile: Plane, size: Size, time: float) -> Plane:
        """What the camera sees at `time`, (height, width); the longer side spans about 300 texels."""
        step = 300 / max(size) * self.scale * np.exp(self.zoom * time) * 128
        angle = self.angle + self.turn * time
        along, across = step * np.cos(angle), step * np.sin(angle)
        y, x = (self.start + self.drift * time) % TILE * 128
        rows = np.arange(-size[1] / 2, size[1] / 2)[:, None]
        columns = np.arange(-size[0] / 2, size[0] / 2)
        ys = (y + along * rows).astype(np.int32) + (across * columns).astype(np.int32)
        xs = (x - across * rows).astype(np.int32) + (along * columns).astype(np.int32)
        ys <<= 2
        ys &= (TILE - 1) << 9
        xs >>= 7
        xs &= TILE - 1
        ys |= xs
        return cast("Plane", tile.take(ys))


class Shape:
    """An ellipse or box that wanders through the picture."""

    def __init__(self, rng: np.random.Generator, speed: float) -> None:
        self.box = bool(rng.random() < 0.5)
        self.radius = rng.uniform(0.06, 0.2, 2)
        self.centre, self.drift = rng.uniform(0, 1, 2), rng.uniform(-speed, speed, 2)
        self.shade = int(rng.choice([20, 60, 200, 235]))

    def paint(self, canvas: Plane, time: float) -> None:
        height, width = canvas.shape
        centre = (self.centre + self.drift * time) % 1.0 * (height, width)
        radius = self.radius * min(height, width) + 1
        (top, left), (bottom, right) = (
            np.maximum(centre - radius, 0).astype(int),
            (centre + radius).astype(int),
        )
        part = canvas[top:bottom, left:right]
        if self.box:
            part[:] = (part >> 2) + (self.shade * 3 >> 2)
            return
        rows = ((np.arange(top, top + part.shape[0]) - centre[0]) / radius[0])[:, None] ** 2
        columns = ((np.arange(left, left + part.shape[1]) - centre[1]) / radius[1]) ** 2
        part[rows + columns < 1] = self.shade


class Scene:
    """One shot: a background, a foreground cut out of another texture, shapes and a colour mood."""

    def __init__(self, rng: np.random.Generator, tiles: Sequence[Plane]) -> None:
        self.back, self.front, self.mask = (tiles[i] for i in rng.permutation(len(tiles))[:3])
        pace = rng.uniform(0.2, 2.0)
        self.back_path, self.front_path = Path2D(rng, 5 * pace), Path2D(rng, 10 * pace)
        self.cut = int(rng.integers(150, 190))
        self.shapes = [Shape(rng, 0.03 * pace) for _ in range(4)]
        levels = np.arange(256)
        self.tint = [
            np.clip(128 + rng.uniform(-40, 40) + (levels - 128) * rng.uniform(-0.3, 0.3), 16, 240).astype(np.uint8)
            for _ in range(2)
        ]

    def draw(self, size: Size, time: float) -> Plane:
        canvas = self.back_path.view(self.back, size, time)
        mask = self.front_path.view(self.mask, size, time) > self.cut
        np.copyto(canvas, 255 - canvas, where=mask)
        for shape in self.shapes:
            shape.paint(canvas, time)
        return canvas


def draw(
    seconds: float, size: Size, fps: float, seed: int, times: Sequence[float] | None = None
) -> Iterator[VideoFrame]:
    """The frames of a clip (yuv420p, limited range), at `times` or every 1/fps s; pts in 1/90000 s."""
    rng = np.random.default_rng(seed)
    tiles = [texture(rng) for _ in range(4)]
    noise = rng.integers(0, 3, TILE * TILE, dtype=np.uint8)
    levels = np.clip(np.linspace(16, 236, 256), 16, 231).astype(np.uint8)
    drawn = even(size, DRAWN / max(*size, DRAWN))
    scene, cut = Scene(rng, tiles), 0.0
    began = 0.0
    for time in times if times is not None else np.arange(round(seconds * fps)) / fps:
        while time >= cut:
            scene, began, cut = Scene(rng, tiles), cut, cut + rng.uniform(4, 8)
        luma = levels[scene.draw(drawn, time - began)]
        offset = int(rng.integers(0, TILE * TILE - luma.size))
        luma += noise[offset : offset + luma.size].reshape(luma.shape)
        frame = pack(luma, *(tint[luma[::2, ::2]] for tint in scene.tint))
        frame = frame if drawn == size else frame.reformat(*size, threads=1)  # on more its output varies
        frame.pts, frame.time_base = round(time * CLOCK), Fraction(1, CLOCK)
        yield frame


def even(size: Size, scale: float) -> Size:
    """`size` scaled, with even sides."""
    return max(2, round(size[0] * scale / 2) * 2), max(2, round(size[1] * scale / 2) * 2)


def pack(*planes: Plane) -> VideoFrame:
    """Three planes, the last two of half the size, as one yuv420p frame."""
    stacked = np.concatenate([plane.reshape(-1) for plane in planes])
    return VideoFrame.from_ndarray(stacked.reshape(-1, planes[0].shape[1]), "yuv420p")


def sound(seconds: float, seed: int) -> Sound:
    """A melody of decaying notes over soft noise: mono, 48 kHz, (n,)."""
    rng = np.random.default_rng(seed + 1_000_003)
    samples = (0.01 * rng.standard_normal(round(seconds * SOUND_RATE))).astype(np.float32)
    begin = 0.0
    while (first := int(begin * SOUND_RATE)) < len(samples):
        length = int(rng.uniform(0.2, 0.9) * SOUND_RATE)
        clock = np.arange(min(length, len(samples) - first), dtype=np.float32) / SOUND_RATE
        pitch = 110 * 2 ** (rng.integers(0, 48) / 12)
        for harmonic, share in enumerate((1.0, 0.5, 0.25), start=1):
            tone = np.sin(np.float32(2 * np.pi * pitch * harmonic) * clock) * np.exp(-4 * clock)
            samples[first : first + len(clock)] += np.float32(0.2 * share) * tone
        begin += rng.uniform(0.1, 0.5)
    return samples


@dataclass(frozen=True)
class Look:
    """How a video is encoded."""

    codec: str = "libx264"
    crf: int | None = None
    keyint: int | None = None
    pix_fmt: str = "yuv420p"
    rotation: int = 0  # degrees, counter-clockwise, as a flag in the container
    vfr: bool = False
    options: Mapping[str, str] | None = None

    def all_options(self) -> dict[str, str]:
        crf = {} if self.crf is None else {"crf": str(self.crf)}
        return {**FAST.get(self.codec, {}), **crf, **(self.options or {})}


class SoundTrack:
    """Encodes sound of any rate and layout as mono at 48 kHz; times follow from the samples written."""

    def __init__(self, container: "OutputContainer", codec: str) -> None:
        self.container = container
        self.stream = cast("AudioStream", container.add_stream(codec, SOUND_RATE, layout="mono"))
        context = self.stream.codec_context
        context.open()
        self.resampler = AudioResampler(context.format, "mono", SOUND_RATE, context.frame_size or 1024)
        self.written = 0

    def play(self, frame: AudioFrame | None) -> None:
        """Append a decoded frame; None ends the track."""
        if frame is not None:
            frame.pts = None
        for piece in self.resampler.resample(frame):
            piece.pts, piece.time_base = self.written, Fraction(1, SOUND_RATE)
            self.written += piece.samples
            self.container.mux(self.stream.encode(piece))
        if frame is None:
            self.container.mux(self.stream.encode(None))

    def play_samples(self, samples: Sound) -> None:
        frame = AudioFrame.from_ndarray(samples[None, :], "flt", "mono")
        frame.rate = SOUND_RATE
        self.play(frame)


class Writer:
    """One output file with a video and perhaps a sound track; its format follows the ending of the name."""

    def __init__(self, path: Path, size: Size, fps: float, look: Look, audio: bool) -> None:
        self.container = av.open(str(path), "w", container_options=BITEXACT)
        rate = Fraction(fps).limit_denominator(1001)
        self.video = cast("VideoStream", self.container.add_stream(look.codec, rate, options=look.all_options()))
        self.video.width, self.video.height, self.video.pix_fmt = *size, look.pix_fmt
        self.video.codec_context.time_base = Fraction(1, CLOCK) if look.vfr else 1 / rate
        self.video.codec_context.thread_count = 1
        if look.keyint is not None:
            self.video.codec_context.gop_size = look.keyint
        if look.rotation:
            self.video.set_display_rotation(look.rotation)
        self.sound = SoundTrack(self.container, sound_codec(path)) if audio else None

    def show(self, frame: VideoFrame) -> None:
        self.container.mux(self.video.encode(frame))

    def close(self) -> None:
        self.container.mux(self.video.encode(None))
        if self.sound:
            self.sound.play(None)
        self.container.close()


def sound_codec(path: Path) -> str:
    return SOUND_CODECS.get(path.suffix, "aac")


def write_video(
    path: Path,
    seconds: float,
    *,
    size: Size = (320, 180),
    fps: float = 25,
    seed: int = 0,
    codec: str = "libx264",
    crf: int | None = None,
    keyint: int | None = None,
    audio: bool = False,
    pix_fmt: str = "yuv420p",
    rotation: int = 0,
    times: Sequence[float] | None = None,
    options: Mapping[str, str] | None = None,
) -> Path:
    """Write a clip; the container follows the ending of `path`, which is returned.

    With `times` the frames stand at those seconds (variable frame rate) instead of every 1/fps s.
    """
    look = Look(codec, crf, keyint, pix_fmt, rotation, times is not None, options)
    writer = Writer(path, size, fps, look, audio)
    samples = sound(seconds, seed) if audio else None
    played = 0
    for frame in draw(seconds, size, fps, seed, times):
        if writer.sound and samples is not None and seconds_of(frame) * SOUND_RATE >= played:
            writer.sound.play_samples(samples[played : played + SOUND_RATE])
            played += SOUND_RATE
        writer.show(frame)
    writer.close()
    return path


def seconds_of(frame: VideoFrame) -> float:
    return (frame.pts or 0) / CLOCK


def write_sound(path: Path, seconds: float, *, seed: int = 0) -> Path:
    """Write the melody of `seed`; the format follows the ending of `path`, which is returned."""
    with av.open(str(path), "w", container_options=BITEXACT) as container:
        track = SoundTrack(container, sound_codec(path))
        track.play_samples(sound(seconds, seed))
        track.play(None)
    return path


def still(seed: int, size: Size = (640, 480)) -> Image.Image:
    """One picture in colour, RGB."""
    frame = next(draw(1, even(size, 1), 1, seed))
    scaled = frame.reformat(*size, format="rgb24", threads=1)
    return Image.fromarray(scaled.to_ndarray())


def write_still(path: Path, seed: int, size: Size = (640, 480), **options: Any) -> Path:
    """Write `still(seed, size)`; the format follows the ending of `path`, `options` go to Pillow."""
    still(seed, size).save(path, **options)
    return path


@dataclass(frozen=True)
class Cut:
    """The stretch [start, end) of a file, in seconds, changed by FFmpeg filters: "hflip,eq=contrast=1.2"."""

    source: Path
    start: float = 0.0
    end: float = float("inf")
    filters: str = ""


def edit(
    path: Path,
    cuts: Sequence[Cut],
    *,
    size: Size | None = None,
    fps: float | None = None,
    look: Look | None = None,
) -> Path:
    """Write the cuts one after the other; size, rate and sound follow the first where not given."""
    with av.open(str(cuts[0].source)) as first:
        stream = first.streams.video[0]
        size = even(size or (stream.width, stream.height), 1)
        fps = fps or float(stream.average_rate or 25)
        writer = Writer(path, size, fps, look or Look(), bool(first.streams.audio))
    shown = 0
    for cut in cuts:
        shown = splice(writer, cut, shown, fps)
    writer.close()
    return path


def splice(writer: Writer, cut: Cut, shown: int, fps: float) -> int:
    """Append one cut after `shown` frames; returns the number of frames shown so far."""
    with av.open(str(cut.source)) as source:
        video = source.streams.video[0]
        filters = filter_graph(video, f"fps={fps}," + (cut.filters or "null"))
        for packet in source.demux(video, *source.streams.audio[:1]):
            if packet.dts is not None and packet.dts * packet.time_base > cut.end + 1:
                break  # all that is shown before the end has been read
            for frame in packet.decode():
                if not isinstance(frame, AudioFrame | VideoFrame):
                    continue
                if not cut.start <= (frame.time or 0.0) < cut.end:
                    continue
                if isinstance(frame, AudioFrame) and writer.sound:
                    writer.sound.play(frame)
                elif isinstance(frame, VideoFrame):
                    filters.vpush(frame)
                    shown = show_filtered(writer, filters, shown, fps)
        filters.vpush(None)
        return show_filtered(writer, filters, shown, fps)


def show_filtered(writer: Writer, filters: Graph, shown: int, fps: float) -> int:
    while True:
        try:
            frame = filters.vpull()
        except (BlockingIOError, EOFError):
            return shown
        frame.pts, frame.time_base = round(shown / fps * CLOCK), Fraction(1, CLOCK)
        writer.show(frame)
        shown += 1


def filter_graph(video: "VideoStream", filters: str) -> Graph:
    """A chain of FFmpeg filters written as on its command line."""
    graph = Graph()
    graph.threads = 1
    chain = [graph.add_buffer(template=video)]
    chain += [graph.add(name, options) for name, _, options in (part.partition("=") for part in filters.split(","))]
    graph.link_nodes(*chain, graph.add("buffersink")).configure()
    return graph


def reencode(
    source: Path,
    path: Path,
    *,
    crf: int | None = None,
    size: Size | None = None,
    mirror: bool = False,
    start: float = 0.0,
    end: float = float("inf"),
    fps: float | None = None,
    filters: str = "",
    codec: str = "libx264",
    keyint: int | None = None,
) -> Path:
    """Write an edited copy of [start, end) of a video with its sound; returns `path`."""
    chain = ",".join(part for part in ("hflip" if mirror else "", filters) if part)
    return edit(path, [Cut(source, start, end, chain)], size=size, fps=fps, look=Look(codec, crf, keyint))


def concat(sources: Sequence[Path], path: Path, **options: Any) -> Path:
    """Write whole videos one after the other, in the size and rate of the first; returns `path`."""
    return edit(path, [Cut(source) for source in sources], **options)
