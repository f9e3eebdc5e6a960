"""Files made to harm: each ends in frames or in one clear error, and the next file is none the worse."""

import io
import itertools
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from firebreak.engine.media.errors import LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import open_media
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests import fuzz

FUZZED = 10_000
SHARDS = 10

Files = dict[str, bytes]


@pytest.fixture(scope="session")
def good() -> Files:
    return fuzz.good_files()


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    """One child with the default limits for all files, so that each must leave it fit for the next."""
    with DecoderPool() as made:
        yield made


def problem_of(pool: DecoderPool, source: Path | bytes) -> MediaError:
    """The one error in which a file ends, in one printable line."""
    with pytest.raises(MediaError) as caught, pool.open(source) as opened:
        for _ in opened.sparse_frames(1.0):
            pass
    assert str(caught.value).isprintable()
    return caught.value


def outcome(pool: DecoderPool, source: Path | bytes) -> int | MediaError:
    """The number of frames, or the error."""
    try:
        with pool.open(source) as opened:
            return sum(1 for _ in opened.sparse_frames(1.0))
    except MediaError as error:
        return error


@pytest.mark.parametrize("shard", range(SHARDS))
def test_fuzzed_files_end_in_frames_or_an_error(good: Files, shard: int) -> None:
    count = FUZZED // SHARDS
    files = fuzz.mutants(good, 1, shard * count, count)
    parent, tally = psutil.Process(), fuzz.Tally()
    with DecoderPool(limits=fuzz.LIMITS) as pool:
        fuzz.trial(pool, itertools.islice(files, 100), tally)
        before = parent.memory_info().rss
        fuzz.trial(pool, files, tally)
        grown = parent.memory_info().rss - before
    print(dict(tally.outcomes), tally.failures, f"slowest {tally.slowest:.2f} s, grown {grown >> 10} KiB")
    assert tally.outcomes.total() == count
    assert tally.outcomes["decoded"] > count / 10
    assert tally.outcomes["unreadable"] > count / 10
    assert len(tally.failures) <= count / 100
    assert tally.slowest < 3 * fuzz.LIMITS.wall_seconds
    assert grown < 16 * 2**20


def test_every_good_file_decodes_in_the_sandbox_as_it_does_outside(pool: DecoderPool, good: Files) -> None:
    for name, data in good.items():
        with pool.open(data) as inside, closing(open_media(io.BytesIO(data), Limits())) as outside:
            assert inside.info == outside.info, name
            frames = [(frame.time, frame.luma.tobytes()) for frame in inside.sparse_frames(0.3)]
            assert frames == [(frame.time, frame.luma.tobytes()) for frame in outside.sparse_frames(0.3)], name
            sound = [(block.time, block.samples.tobytes()) for block in inside.audio()]
            assert sound == [(block.time, block.samples.tobytes()) for block in outside.audio()], name
            assert frames or sound, name
            assert inside.warnings == outside.warnings, name


def test_good_files_stay_within_the_fuzzers_limits(good: Files) -> None:
    with DecoderPool(limits=fuzz.LIMITS) as pool:
        for name, data in good.items():
            assert fuzz.decode(pool, data) > 0, name


def test_the_real_decoder_is_locked_down_and_has_one_thread(pool: DecoderPool, good: Files) -> None:
    assert isinstance(outcome(pool, good["h264.mp4"]), int)
    started = pool._seats[0].child
    assert started is not None
    child = started.result()
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{child.pid}/status").read_text().splitlines())
    wanted = {"Threads": "1", "NoNewPrivs": "1", "Seccomp": "2", "CapEff": "0" * 16, "CapPrm": "0" * 16}
    assert {name: status[name] for name in wanted} == wanted
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text() == "1000\n"
    maps = Path(f"/proc/{child.pid}/maps").read_text()
    assert "libavcodec" in maps
    assert "llvmlite" not in maps


@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "h264.ts", "moving.gif", "still.png", "still.jpg"])
def test_a_file_may_end_anywhere(pool: DecoderPool, good: Files, name: str) -> None:
    data = good[name]
    whole = outcome(pool, data)
    assert isinstance(whole, int)
    for end in range(1, len(data), len(data) // 40):
        part = outcome(pool, data[:end])
        assert isinstance(part, UnreadableMedia) or (isinstance(part, int) and 0 < part <= whole)


def test_nothing_and_what_is_no_medium_is_unreadable(pool: DecoderPool) -> None:
    for content in (b"", b"\0", b"\0" * 100_000, b"#!/bin/sh\nrm -rf /\n", b"<svg/>" * 1000, b"%PDF-1.7\n" * 99):
        assert isinstance(problem_of(pool, content), UnreadableMedia)


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n",
        b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
        b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
    ],
)
def test_files_that_name_other_files_are_unreadable(pool: DecoderPool, content: bytes) -> None:
    assert isinstance(problem_of(pool, content), UnreadableMedia)


def test_names_mean_nothing(pool: DecoderPool, good: Files, tmp_path: Path) -> None:
    for name, ending in (("still.png", ".mp4"), ("h264.mp4", ".jpg"), ("sound.wav", ".png"), ("moving.gif", "")):
        path = tmp_path / f"file{ending}"
        path.write_bytes(good[name])
        with pool.open(path) as opened:
            assert opened.info.container in name or name == "still.png"


class TestPaths:
    def test_links_are_followed_to_files_only(self, pool: DecoderPool, good: Files, tmp_path: Path) -> None:
        target = tmp_path / "still.png"
        target.write_bytes(good["still.png"])
        for number, to in enumerate((target, tmp_path, Path("/dev/zero"), tmp_path / "nothing", tmp_path / "4")):
            (tmp_path / f"{number}").symlink_to(to)
        assert outcome(pool, tmp_path / "0") == 1
        assert "a directory" in problem_of(pool, tmp_path / "1").problem
        assert "a character device" in problem_of(pool, tmp_path / "2").problem
        assert "no such file" in problem_of(pool, tmp_path / "3").problem
        assert "symbolic links" in problem_of(pool, tmp_path / "4").problem

    def test_a_pipe_does_not_block(self, pool: DecoderPool, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.mp4")
        assert "a named pipe" in problem_of(pool, tmp_path / "pipe.mp4").problem

    def test_a_file_that_shrinks_while_it_is_read_is_damaged_at_most(
        self, pool: DecoderPool, good: Files, tmp_path: Path
    ) -> None:
        path = tmp_path / "file.ts"
        path.write_bytes(good["h264.ts"] * 50)
        with pool.open(path) as opened:
            os.truncate(path, 20_000)
            assert sum(1 for _ in opened.frames(step=0.0)) > 0


def png(width: int, height: int, bits: int, colour: int, pixels: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of ready-compressed pixels, with more chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), *extra, (b"IDAT", pixels), (b"IEND", b"")]
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zeros(size: int) -> bytes:
    """So many zero bytes, compressed a MiB at a time."""
    press, block = zlib.compressobj(1), bytes(2**20)
    whole, rest = divmod(size, len(block))
    return b"".join([*(press.compress(block) for _ in range(whole)), press.compress(bytes(rest)), press.flush()])


def gif(width: int, height: int, frames: int) -> bytes:
    """A GIF that loops for ever, of frames of one pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    loop = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    frame = b"!\xf9\x04\0\x01\0\0\0" + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return screen + loop + frame * frames + b";"


class TestBombs:
    def test_pictures_too_large_are_refused_by_their_header(self, pool: DecoderPool, good: Files) -> None:
        jpeg = good["still.jpg"]
        frame_header = jpeg.index(b"\xff\xc0") + 5
        side = struct.pack(">HH", 65_500, 65_500)
        bitmap = bytearray(good["still.bmp"])
        struct.pack_into("<ii", bitmap, 18, 40_000, 40_000)
        huge = {
            "png": png(30_000, 30_000, 1, 0, zeros(30_000 * 3751)),
            "gif": gif(65_535, 65_535, 2),
            "jpeg": jpeg[:frame_header] + side + jpeg[frame_header + 4 :],
            "bmp": bytes(bitmap),
        }
        for name, content in huge.items():
            problem = problem_of(pool, content)
            assert isinstance(problem, LimitExceeded), name
            assert problem.limit == "pixels", name

    def test_pictures_that_inflate_beyond_their_size_are_cut_off(self, pool: DecoderPool) -> None:
        bomb = zeros(500 * 2**20)
        assert len(bomb) < 3 * 2**20
        assert outcome(pool, png(100, 100, 8, 0, bomb)) == 1

    def test_texts_that_inflate_do_no_harm(self, pool: DecoderPool) -> None:
        texts = [(b"zTXt", b"Comment\0\0" + zeros(100 * 2**20)), (b"iCCP", b"p\0\0" + zeros(100 * 2**20))]
        for text in texts:
            found = outcome(pool, png(8, 8, 8, 0, zlib.compress(bytes(72)), text))
            assert found == 1 or isinstance(found, UnreadableMedia)

    def test_pictures_that_need_too_much_memory_say_so(self, good: Files) -> None:
        picture = png(7000, 7000, 8, 6, zeros(7000 * 28_001))
        with DecoderPool(limits=Limits(memory=96 * 2**20)) as pool:
            problem = problem_of(pool, picture)
            assert isinstance(problem, LimitExceeded)
            assert problem.limit == "memory"
            assert outcome(pool, good["still.png"]) == 1

    def test_animations_without_an_end_meet_the_limit_of_frames(self) -> None:
        with DecoderPool(limits=Limits(frames=300)) as pool:
            with pool.open(gif(10, 10, 40)) as opened:
                assert sum(1 for _ in opened.frames(step=0.0)) == 40
            problem = problem_of(pool, gif(10, 10, 100_000))
            assert isinstance(problem, LimitExceeded)
            assert problem.limit == "frames"


MATROSKA_DURATION = b"\x44\x89\x88"  # its id, and the length of the float of 64 bits that follows


@pytest.mark.parametrize("lie", [0.0, -1.0, 1e-300, 1e300, float("inf"), float("nan")])
def test_a_declared_duration_is_not_believed(pool: DecoderPool, good: Files, lie: float) -> None:
    data = good["h264.mkv"]
    at = data.index(MATROSKA_DURATION) + len(MATROSKA_DURATION)
    lying = data[:at] + struct.pack(">d", lie) + data[at + 8 :]
    with pool.open(data) as honest, DecoderPool() as other, other.open(lying) as opened:
        times = [[frame.time for frame in source.frames(step=0.1)] for source in (honest, opened)]
        assert times[0] == times[1]
        assert len(times[0]) == 4
        assert opened.info.duration is None or opened.info.duration >= 0
