"""Stills: sizes, damage and bombs."""

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from firebreak.engine.media.errors import LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.limits import Limits
from tests import media
from tests.engine.media.clips import frames, opened, sound, sparse


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tif", "bmp", "avif"])
def test_a_still_is_one_frame_at_second_zero(suffix: str, tmp_path: Path) -> None:
    path = media.write_still(tmp_path / f"x.{suffix}", 1, (64, 48))
    container = {"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix)
    with opened(path) as source:
        info = source.info
        assert (info.kind, info.container, info.width, info.height) == ("image", container, 64, 48)
        assert (info.duration, info.has_audio) == (0.0, False)
        assert [frame.luma.shape for frame in source.sparse_frames(1.0)] == [(48, 64)]
        assert [frame.luma.shape for frame in source.frames(step=0.1)] == [(48, 64)]
        assert list(source.frames(start=1.0)) == []
        assert source.warnings == []
    assert sound(path) == []


def test_a_giant_png_is_refused_in_milliseconds() -> None:
    header = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    began = time.process_time()
    with pytest.raises(LimitExceeded) as caught:
        sparse(data)
    assert caught.value.limit == "pixels"
    assert time.process_time() - began < 0.5


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    return data[:33] + chunk(kind, body) + data[33:]


BOMB = zlib.compress(bytes(64 * 1024 * 1024))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"zTXt", b"key\0\0" + BOMB),
        (b"iTXt", b"key\0\1\0\0\0" + BOMB),
        (b"iCCP", b"name\0\0" + BOMB),
    ],
)
def test_bombs_in_png_chunks_cost_no_memory(kind: bytes, body: bytes, tmp_path: Path) -> None:
    data = media.write_still(tmp_path / "x.png", 1, (64, 48)).read_bytes()
    with opened(with_chunk(data, kind, body)) as source:
        (frame,) = source.sparse_frames(1.0)
        assert np.array_equal(frame.luma, sparse(data)[0].luma)
        assert len(source.warnings) == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"zTXt", b"key\0\7" + BOMB),
        (b"tEXt", b"\xff" * 100),
        (b"gAMA", b""),
        (b"pHYs", b"x"),
        (b"iTXt", b"\0\0\0\0"),
        (b"eXIf", b"\xff" * 50),
    ],
)
def test_metadata_that_is_broken_does_not_hide_the_picture(kind: bytes, body: bytes, tmp_path: Path) -> None:
    data = media.write_still(tmp_path / "x.png", 1, (64, 48)).read_bytes()
    assert np.array_equal(sparse(with_chunk(data, kind, body))[0].luma, sparse(data)[0].luma)


def test_a_bomb_of_many_chunks_costs_no_memory(tmp_path: Path) -> None:
    data = media.write_still(tmp_path / "x.png", 1, (64, 48)).read_bytes()
    bombs = b"".join(chunk(b"zTXt", b"%d\0\0" % number + zlib.compress(bytes(1_000_000))) for number in range(100))
    assert np.array_equal(sparse(data[:33] + bombs + data[33:])[0].luma, sparse(data)[0].luma)


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "tif"])
def test_truncated_stills_give_what_can_be_read(suffix: str, tmp_path: Path) -> None:
    path = media.write_still(tmp_path / f"x.{suffix}", 2, (256, 192))
    whole = sparse(path)[0].luma
    data = path.read_bytes()
    with opened(data[: len(data) * 6 // 10]) as source:
        (frame,) = source.sparse_frames(1.0)
        assert frame.luma.shape == whole.shape
        same = np.abs(frame.luma.astype(int) - whole) < 4
        assert 0.3 < same.mean() < 1.0
        assert [warning.split()[0] for warning in source.warnings] == ["damaged"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tif", "bmp", "avif"])
def test_cut_anywhere_there_is_a_picture_or_a_clear_error(suffix: str, tmp_path: Path) -> None:
    data = media.write_still(tmp_path / f"x.{suffix}", 3, (64, 48)).read_bytes()
    for length in {*range(1, 40), *np.linspace(40, len(data) - 1, 30).astype(int)}:
        try:
            (frame,) = sparse(data[:length])
        except UnreadableMedia:
            continue
        assert frame.luma.shape == (48, 64)
        assert frame.luma.min() != frame.luma.max()


def test_a_header_without_a_picture_is_an_error(tmp_path: Path) -> None:
    data = media.write_still(tmp_path / "x.png", 3, (64, 48)).read_bytes()
    with pytest.raises(UnreadableMedia, match="nothing in the picture"):
        sparse(data[: data.index(b"IDAT") + 8])


def test_strips_that_lie_are_an_error_or_a_picture(tmp_path: Path) -> None:
    data = bytearray(media.write_still(tmp_path / "x.tif", 3, (64, 48)).read_bytes())
    for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        for tag in (273, 278, 279):  # strip offsets, rows per strip, strip byte counts
            place = data.index(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in data else -1
            place = place if place >= 0 else data.index(struct.pack("<HH", tag, 3))
            lying = data.copy()
            lying[place + 8 : place + 12] = struct.pack("<I", value)
            try:
                (frame,) = sparse(bytes(lying))
            except MediaError:
                continue
            assert frame.luma.shape == (48, 64)


def test_memory_that_runs_out_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*_: object) -> None:
        raise MemoryError

    path = media.write_still(tmp_path / "x.png", 3, (64, 48))
    monkeypatch.setattr("firebreak.engine.media.still.load_luma", starve)
    with pytest.raises(LimitExceeded) as caught:
        sparse(path)
    assert caught.value.limit == "memory"


def test_a_window_of_a_still(tmp_path: Path) -> None:
    path = media.write_still(tmp_path / "x.png", 3, (64, 48))
    assert len(frames(path, 0.0, 10.0)) == 1
    assert len(frames(path, 0.1, 10.0)) == 0


def test_pictures_within_a_jpeg_are_one_picture(tmp_path: Path) -> None:
    """Multi-picture JPEG: what is shown is the first."""
    pictures = [media.still(seed, (64, 48)) for seed in (1, 2)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "MPO", save_all=True, append_images=pictures[1:])
    with opened(buffer.getvalue()) as source:
        assert source.info.kind == "image"
        (frame,) = source.sparse_frames(1.0)
    assert np.abs(frame.luma.astype(int) - np.asarray(pictures[0].convert("L"))).mean() < 6


def test_limits_of_the_header_are_checked_with_damage(tmp_path: Path) -> None:
    data = media.write_still(tmp_path / "x.png", 3, (64, 48)).read_bytes()
    with pytest.raises(LimitExceeded):
        sparse(data[:60], limits=Limits(pixels=100))
