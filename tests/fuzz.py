"""A seeded fuzzer for media files: small good files of every format, and what becomes of them.

The mutants of a seed are the same on every machine and in every run, given the same good files.
`python -m tests.fuzz 1 10000` decodes the first ten thousand of seed 1 and keeps those that kill their decoder.
"""

import random
import re
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests import media
from tests.engine.media.heic import heic

SIZE = (64, 48)
LIMITS = Limits(pixels=300_000, frames=2000, duration=60.0, memory=256 * 2**20, cpu_seconds=2.0, wall_seconds=4.0)

_VIDEOS = {
    "h264.mp4": "libx264",
    "h264.mov": "libx264",
    "h264.mkv": "libx264",
    "h264.ts": "libx264",
    "h264.flv": "libx264",
    "h264.h264": "libx264",
    "hevc.mp4": "libx265",
    "vp8.webm": "libvpx",
    "vp9.webm": "libvpx-vp9",
    "mpeg4.avi": "mpeg4",
    "mpeg4.nut": "mpeg4",
    "mpeg4.m4v": "mpeg4",
    "msmpeg4.avi": "msmpeg4v3",
    "mpeg2.mpg": "mpeg2video",
    "flv1.flv": "flv1",
    "wmv2.wmv": "wmv2",
    "ffv1.mkv": "ffv1",
}
_WITH_SOUND = {"h264.mp4", "h264.mkv", "h264.ts", "h264.flv", "vp9.webm", "mpeg4.avi"}
_SOUNDS = ("sound.wav", "sound.mp3", "sound.ogg", "sound.flac", "sound.m4a", "sound.aac")
_STILLS = ("still.jpg", "still.png", "still.webp", "still.gif", "still.tif", "still.bmp", "still.avif")
_ANIMATIONS = ("moving.gif", "moving.png", "moving.webp", "moving.avif", "pages.tif")


def good_files() -> dict[str, bytes]:
    """One small file of each format, by a name that tells codec and container."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, codec in _VIDEOS.items():
            sound = name in _WITH_SOUND
            media.write_video(root / name, 0.5, size=SIZE, fps=8, codec=codec, keyint=3, audio=sound)
        for name in _SOUNDS:
            media.write_sound(root / name, 0.2)
        for name in _STILLS:
            media.write_still(root / name, 1, SIZE)
        (root / "still.heic").write_bytes(heic([[np.asarray(media.still(1, SIZE).convert("L"))]]))
        for name in _ANIMATIONS:
            others = [media.still(seed, SIZE) for seed in (2, 3)]
            media.write_still(root / name, 1, SIZE, save_all=True, append_images=others)
        return {path.name: path.read_bytes() for path in sorted(root.iterdir())}


def mutants(good: dict[str, bytes], seed: int, first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Mutants number `first` to `first + count`: a name that says what was done, and the bytes."""
    names = sorted(good)
    for number in range(first, first + count):
        luck = random.Random(f"{seed}/{number}")
        name = names[number % len(names)]
        deeds = luck.choices(list(MUTATIONS), k=luck.choice((1, 1, 2, 4)))
        data = bytearray(good[name])
        for deed in deeds:
            if data:
                data = MUTATIONS[deed](luck, data, good[luck.choice(names)])
        yield f"{seed}/{number} {name} {'+'.join(deeds)}", bytes(data)


Mutation = Callable[[random.Random, bytearray, bytes], bytearray]

_WORDS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_CHUNK = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")
"""The names of boxes, chunks and atoms: four characters."""


def _near_the_start(luck: random.Random, data: bytearray) -> int:
    """A position; half of the time among the headers."""
    return luck.randrange(min(len(data), 512) if luck.random() < 0.5 else len(data))


def _range(luck: random.Random, data: bytearray) -> slice:
    start = _near_the_start(luck, data)
    return slice(start, start + min(int(luck.expovariate(1 / 64)) + 1, 4096))


def _chunks(data: bytearray) -> list[int]:
    return [found.start() for found in _CHUNK.finditer(data)]


def flip(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """Single bits."""
    for _time in range(luck.choice((1, 2, 8, 32))):
        data[_near_the_start(luck, data)] ^= 1 << luck.randrange(8)
    return data


def randomise(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """Whole bytes, side by side."""
    spot = _range(luck, data)
    data[spot] = luck.randbytes(len(data[spot]))
    return data


def put_a_word(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """A number that somebody forgot about, of any width and byte order."""
    layout = luck.choice(("<B", "<H", ">H", "<I", ">I", "<Q", ">Q"))
    word = luck.choice(_WORDS) % (1 << 8 * struct.calcsize(layout))
    packed = struct.pack(layout, word)
    start = _near_the_start(luck, data)
    data[start : start + len(packed)] = packed
    return data


def lie_about_a_length(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """The word before or after a chunk's name."""
    if chunks := _chunks(data):
        start = max(0, luck.choice(chunks) + luck.choice((-4, 4)))
        layout = luck.choice(("<I", ">I"))
        data[start : start + 4] = struct.pack(layout, luck.choice((*_WORDS, luck.randrange(len(data)))))
    return data


def repeat_a_chunk(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """From one chunk's name to another's, again and elsewhere."""
    if len(chunks := _chunks(data)) > 1:
        start, end = sorted(luck.sample(chunks, 2))
        piece = data[start : min(end, start + 4096)]
        at = luck.choice(chunks)
        data[at:at] = piece * luck.choice((1, 2, 16))
    return data


def rename_a_chunk(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """To the name of another one in the same file."""
    if chunks := _chunks(data):
        to, of = luck.choice(chunks), luck.choice(chunks)
        data[to : to + 4] = data[of : of + 4]
    return data


def truncate(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    return data[: _near_the_start(luck, data)]


def behead(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    return data[_near_the_start(luck, data) :]


def delete(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    del data[_range(luck, data)]
    return data


def duplicate(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    spot = _range(luck, data)
    data[spot.start : spot.start] = data[spot] * luck.choice((1, 2, 64))
    return data


def blank(luck: random.Random, data: bytearray, _: bytes) -> bytearray:
    """A stretch of zeros or ones."""
    spot = _range(luck, data)
    data[spot] = luck.choice((b"\0", b"\xff")) * len(data[spot])
    return data


def splice(luck: random.Random, data: bytearray, other: bytes) -> bytearray:
    """The head of one file and the tail of another."""
    return data[: _near_the_start(luck, data)] + other[luck.randrange(len(other)) :]


def insert(luck: random.Random, data: bytearray, other: bytes) -> bytearray:
    """A piece of another file, in the middle."""
    spot = _range(luck, bytearray(other))
    at = _near_the_start(luck, data)
    data[at:at] = other[spot]
    return data


MUTATIONS: dict[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        flip,
        randomise,
        put_a_word,
        lie_about_a_length,
        repeat_a_chunk,
        rename_a_chunk,
        truncate,
        behead,
        delete,
        duplicate,
        blank,
        splice,
        insert,
    )
}


@dataclass
class Tally:
    """What became of some files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    """The files whose decoder failed, and how."""
    slowest: float = 0.0
    """Seconds that one file took at most."""


def decode(pool: DecoderPool, data: bytes) -> int:
    """Read all of a file, as a scan does; returns the number of frames and blocks. Raises MediaError."""
    with pool.open(data) as source:
        frames = sum(1 for frame in source.sparse_frames(0.3) if frame.luma.size)
        return frames + sum(1 for block in source.audio() if block.samples.size)


def trial(pool: DecoderPool, files: Iterable[tuple[str, bytes]], tally: Tally) -> None:
    """Decode files, one after another, and count what becomes of them."""
    for name, data in files:
        started = time.monotonic()
        try:
            decode(pool, data)
            outcome = "decoded"
        except UnreadableMedia:
            outcome = "unreadable"
        except LimitExceeded as error:
            outcome = f"limit: {error.limit}"
        except DecoderFailed as error:
            outcome = "failed"
            tally.failures[name] = str(error)
        tally.outcomes[outcome] += 1
        tally.slowest = max(tally.slowest, time.monotonic() - started)


def main() -> None:
    seed, count = (int(argument) for argument in sys.argv[1:3])
    files = list(mutants(good_files(), seed, 0, count))
    tally = Tally()
    with DecoderPool(limits=LIMITS) as pool:
        trial(pool, files, tally)
    print(dict(tally.outcomes), f"slowest {tally.slowest:.1f} s")
    for name, data in files:
        if problem := tally.failures.get(name):
            kept = Path(tempfile.gettempdir(), re.sub(r"\W+", "-", name))
            kept.write_bytes(data)
            print(f"{kept}: {problem}")


if __name__ == "__main__":
    main()
