"""Luma out of every kind of frame."""

from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray

from firebreak.engine.media.planes import layout, luma
from tests import media
from tests.engine.media.clips import sparse

RAMP: NDArray[np.uint8] = np.add.outer(np.arange(48), 2 * np.arange(70)).astype(np.uint8)  # (48, 70)


def limited(format_name: str) -> VideoFrame:
    """A frame whose Y plane is known, 8 bits, as another format of the same bits shows it."""
    chroma = np.full((24, 70), 128, np.uint8)
    frame = VideoFrame.from_ndarray(np.concatenate([RAMP, chroma]), "yuv420p")
    return frame.reformat(format=format_name, threads=1)  # on more threads FFmpeg's output varies


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv444p", "nv12", "yuva420p", "yuv411p"])
def test_eight_bit_planes_are_handed_out_as_they_are(name: str) -> None:
    codes, black, white = luma(limited(name))
    assert np.array_equal(codes, RAMP)
    assert (black, white) == (16, 235)


@pytest.mark.parametrize("name", ["yuv420p10le", "yuv422p10le", "yuv420p12le", "yuv444p16le", "p010le", "yuv420p10be"])
def test_deeper_planes_are_cut_to_eight_bits(name: str) -> None:
    codes, black, white = luma(limited(name))
    assert codes.dtype == np.uint8
    assert np.abs(codes.astype(int) - RAMP).max() <= 1
    assert (black, white) == (16, 235)


@pytest.mark.parametrize("name", ["rgb24", "bgr24", "rgba", "gbrp", "gbrp10le", "argb", "bgr0", "rgb48le"])
def test_colours_become_full_range_luma(name: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (48, 70, 3), np.uint8)
    codes, black, white = luma(VideoFrame.from_ndarray(pixels, "rgb24").reformat(format=name, threads=1))
    assert (black, white) == (0, 255)
    assert np.abs(codes - pixels @ [0.299, 0.587, 0.114]).max() <= 2


def test_palettes_become_luma() -> None:
    indexes = np.tile(np.arange(16, dtype=np.uint8), (16, 2))
    palette = np.zeros((256, 4), np.uint8)
    palette[:16, 1:] = np.arange(16)[:, None] * 17  # shades of grey, as ARGB
    palette[:, 0] = 255
    frame = VideoFrame.from_ndarray((indexes, palette), "pal8")  # type: ignore[arg-type]  # its stub has no pair
    assert np.abs(luma(frame)[0].astype(int) - indexes * 17).max() <= 1


@pytest.mark.parametrize("name", ["yuyv422", "uyvy422", "y210le", "v30xle", "vyu444"])
def test_packed_luma_is_spread_over_the_full_range(name: str) -> None:
    codes, black, white = luma(limited(name))
    assert (black, white) == (0, 255)
    expected = np.clip((RAMP.astype(float) - 16) * 255 / 219, 0, 255)
    assert np.abs(codes - expected).max() <= 2


def test_the_range_is_the_frame_s() -> None:
    frame = limited("yuv420p")
    frame.color_range = ColorRange.JPEG
    assert luma(frame)[1:] == (0, 255)
    frame.color_range = ColorRange.MPEG
    assert luma(frame)[1:] == (16, 235)
    grey = VideoFrame.from_ndarray(RAMP, "gray")
    assert luma(grey)[1:] == (0, 255)
    grey.color_range = ColorRange.MPEG
    assert luma(grey)[1:] == (16, 235)
    assert luma(VideoFrame(16, 16, "yuvj420p"))[1:] == (0, 255)


def test_there_is_no_copy_of_eight_bit_planes() -> None:
    frame = limited("yuv420p")
    codes = luma(frame)[0]
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    assert not codes.any()


def test_formats_without_a_plane_of_luma_are_known() -> None:
    assert layout("rgb24") is None
    assert layout("pal8") is None
    assert layout("monob") is None
    assert layout("yuyv422") is None
    assert layout("grayf32le") is None


def test_pictures_stored_bottom_up(tmp_path: Path) -> None:
    """Uncompressed AVI: FFmpeg hands out lines of negative size."""
    path = media.write_video(tmp_path / "x.avi", 0.2, size=(64, 48), codec="rawvideo", pix_fmt="bgr24", seed=3)
    data = path.read_bytes()
    assert data.count(b"\xd0\xff\xff\xff") >= 1, "the height is negative: stored top down"
    height = data.index(b"\xd0\xff\xff\xff")
    bottom_up = data[:height] + (48).to_bytes(4, "little") + data[height + 4 :]
    assert np.array_equal(sparse(bottom_up)[0].luma, sparse(data)[0].luma[::-1])


@pytest.mark.parametrize(("codec", "pix_fmt"), [("libx265", "yuv420p10le"), ("libx264", "yuv422p10le")])
def test_ten_bit_video(codec: str, pix_fmt: str, tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "x.mkv", 0.4, size=(96, 64), codec=codec, pix_fmt=pix_fmt, seed=4)
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
    plane = cast("NDArray[np.uint16]", first.reformat(format="yuv420p10le", threads=1).to_ndarray())
    expected = plane[:64] >> 2
    found = sparse(path)[0]
    assert first.format.name == pix_fmt
    assert np.array_equal(found.luma, expected)
    assert (found.black, found.white) == (16, 235)
