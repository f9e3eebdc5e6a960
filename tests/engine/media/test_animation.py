"""Pictures of several frames."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import open_media
from tests import media
from tests.engine.media.clips import frames, opened, sound, sparse, times

PICTURES = [media.still(seed, (64, 48)) for seed in range(6)]
LUMAS = [np.asarray(picture.convert("L")).astype(int) for picture in PICTURES]


def animation(name: str, count: int = 6, **options: Any) -> bytes:
    buffer = io.BytesIO()
    PICTURES[0].save(buffer, name, save_all=True, append_images=PICTURES[1:count], **options)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_come_with_their_times(name: str) -> None:
    data = animation(name, duration=[300, 200, 400, 250, 300, 100])
    with opened(data) as source:
        info = source.info
        assert (info.kind, info.container, info.width, info.height) == ("video", name.lower(), 64, 48)
        assert (info.duration, info.has_audio) == (None, False)
        found = [(frame.time, frame.luma.astype(int)) for frame in source.sparse_frames(1.0)]
        assert source.warnings == []
    assert [time for time, _ in found] == pytest.approx([0, 0.3, 0.5, 0.9, 1.15, 1.45])
    for (_, luma), expected in zip(found, LUMAS, strict=True):
        assert np.abs(luma - expected).mean() < 12
    assert sound(data) == []


def test_windows_of_an_animation() -> None:
    data = animation("GIF", duration=250)
    assert times(frames(data, 0.5, 1.0, 0.25)) == pytest.approx([0.5, 0.75, 1.0])
    assert times(frames(data, step=0.5)) == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(("given", "shown"), [(0, 0.1), (10, 0.1), (20, 0.02), (655350, 60.0)])
def test_times_as_browsers_take_them(given: int, shown: float) -> None:
    data = animation("GIF", count=3, duration=given)
    assert times(frames(data, step=0)) == pytest.approx([0.0, shown, 2 * shown])


def test_frames_that_follow_fast_are_thinned() -> None:
    data = animation("GIF", duration=100)
    assert times(sparse(data, 1.0)) == pytest.approx([0.0, 0.2, 0.4])


def test_pages_of_a_tiff_count_a_second_each() -> None:
    assert times(sparse(animation("TIFF"), 1.0)) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_one_frame_is_a_still() -> None:
    for name in ("GIF", "PNG", "WEBP", "TIFF"):
        with opened(animation(name, count=1)) as source:
            assert source.info.kind == "image"


def endless_gif() -> bytes:
    """A GIF whose second frame is repeated half a million times."""
    data = animation("GIF", count=2, duration=20)
    second = data.rindex(b"\x21\xf9\x04")
    return data[:second] + data[second:-1] * 5000 + b";"


def test_an_endless_gif_meets_the_frame_limit_while_it_is_read() -> None:
    source = open_media(io.BytesIO(endless_gif()), Limits(frames=300))
    found: list[float] = []
    with pytest.raises(LimitExceeded) as caught:
        found.extend(frame.time for frame in source.sparse_frames(1.0))
    assert caught.value.limit == "frames"
    source = open_media(io.BytesIO(endless_gif()), Limits(frames=300))
    iterator = source.sparse_frames(1.0)
    assert [next(iterator).time for _ in range(3)] == pytest.approx([0.0, 0.2, 0.4])


def test_an_animation_longer_than_allowed_is_refused() -> None:
    with pytest.raises(LimitExceeded) as caught:
        sparse(animation("GIF", duration=5000), limits=Limits(duration=12.0))
    assert caught.value.limit == "duration"


@pytest.mark.parametrize("name", ["GIF", "PNG"])
def test_a_truncated_animation_gives_its_first_frames(name: str) -> None:
    data = animation(name, duration=300)
    with opened(data[: len(data) // 2]) as source:
        found = [frame.time for frame in source.sparse_frames(1.0)]
        assert 2 <= len(found) <= 4
        assert any(warning.startswith("damaged after") for warning in source.warnings) or name == "GIF"


def test_pages_beyond_the_pixel_limit_end_it(tmp_path: Path) -> None:
    small, large = media.still(1, (32, 32)), media.still(1, (320, 320))
    path = tmp_path / "pages.tif"
    small.save(path, save_all=True, append_images=[large])
    with pytest.raises(LimitExceeded):
        sparse(path, limits=Limits(pixels=10_000))


def test_a_png_that_promises_more_frames_than_it_has() -> None:
    data = animation("PNG", duration=300)
    control = data.index(b"acTL") + 4
    lying = bytearray(data)
    lying[control : control + 4] = struct.pack(">I", 1_000_000)
    assert len(sparse(bytes(lying))) >= 1
