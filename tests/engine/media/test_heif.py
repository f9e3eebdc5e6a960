"""HEIC stills: single pictures, grids, cuts and turns, damage."""

import io
import struct

import numpy as np
import pi_heif
import pytest
from numpy.typing import NDArray

from firebreak.engine.media.errors import LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.heif_boxes import read_layout
from firebreak.engine.media.limits import Limits
from tests import media
from tests.engine.media.clips import box, opened, sparse
from tests.engine.media.heic import encode, heic

WHOLE: NDArray[np.uint8] = np.asarray(media.still(6, (320, 192)).convert("L"))
TILES = [[WHOLE[:96, :160], WHOLE[:96, 160:]], [WHOLE[96:, :160], WHOLE[96:, 160:]]]


def difference(found: NDArray[np.uint8], expected: NDArray[np.uint8]) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found.astype(int) - expected).mean())


def test_a_single_picture() -> None:
    with opened(heic([[WHOLE]])) as source:
        info = source.info
        assert (info.kind, info.container, info.width, info.height) == ("image", "heif", 320, 192)
        (frame,) = source.sparse_frames(1.0)
    assert (frame.black, frame.white) == (0, 255)
    assert difference(frame.luma, WHOLE) < 1.5


def test_a_grid_of_tiles_is_put_together() -> None:
    with opened(heic(TILES, size=(320, 192))) as source:
        (frame,) = source.sparse_frames(1.0)
        assert source.warnings == []
    assert difference(frame.luma, WHOLE) < 1.5


def test_tiles_that_overhang_are_cut() -> None:
    (frame,) = sparse(heic(TILES, size=(301, 177)))
    assert difference(frame.luma, WHOLE[:177, :301]) < 1.5


def test_another_decoder_sees_the_same() -> None:
    for data in (heic([[WHOLE]]), heic(TILES, size=(301, 177))):
        peer = np.asarray(pi_heif.open_heif(io.BytesIO(data)).to_pillow().convert("L"))
        assert difference(sparse(data)[0].luma, peer) < 0.5


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirror", [None, 0, 1])
def test_cuts_turns_and_mirrors_are_applied_in_order(turns: int, mirror: int | None) -> None:
    aperture = struct.pack(">IIIIiIiI", 200, 1, 100, 1, 10, 1, -6, 1)
    properties = [box(b"clap", aperture), box(b"irot", bytes([turns]))]
    expected = np.rot90(WHOLE[40:140, 70:270], turns)
    if mirror is not None:
        properties.append(box(b"imir", bytes([mirror])))
        expected = expected[:, ::-1] if mirror else expected[::-1]
    data = heic(TILES, size=(320, 192), properties=tuple(properties))
    assert difference(sparse(data)[0].luma, expected) < 1.5
    with opened(data) as source:
        assert (source.info.height, source.info.width) == expected.shape
    peer = np.asarray(pi_heif.open_heif(io.BytesIO(data)).to_pillow().convert("L"))
    assert difference(sparse(data)[0].luma, peer) < 0.5


def test_a_tile_that_is_damaged_is_missing_with_a_warning() -> None:
    data = heic(TILES, size=(320, 192))
    last = encode(TILES[1][1])[1]
    with opened(data.replace(last, bytes(len(last)))) as source:
        (frame,) = source.sparse_frames(1.0)
        assert source.warnings == ["damaged: 1 of 4 tiles are missing"]
    assert difference(frame.luma[:96], WHOLE[:96]) < 1.5
    assert not frame.luma[96:, 160:].any()


def test_no_tile_at_all_is_an_error() -> None:
    data = heic([[WHOLE]])
    body = data.index(b"mdat") + 4
    with pytest.raises(UnreadableMedia, match="nothing in the picture"):
        sparse(data[:body] + bytes(len(data) - body))


def test_a_canvas_beyond_the_limit_is_refused_before_decoding() -> None:
    data = heic(TILES, size=(30000, 30000))
    with pytest.raises(LimitExceeded) as caught:
        sparse(data)
    assert caught.value.limit == "pixels"
    with pytest.raises(LimitExceeded):
        sparse(heic([[WHOLE]]), limits=Limits(pixels=320 * 192 - 1))


def test_cut_or_changed_anywhere_there_is_a_picture_or_a_clear_error() -> None:
    data = heic(TILES, size=(320, 192))
    rng = np.random.default_rng(1)
    tables = data.index(b"mdat")
    damaged = [data[: int(length)] for length in np.linspace(1, len(data) - 1, 25)]
    for _ in range(200):
        changed = bytearray(data)
        changed[int(rng.integers(24, tables))] = int(rng.integers(256))
        damaged.append(bytes(changed))
    for one in damaged:
        try:
            frames = sparse(one)
        except MediaError:
            continue
        assert len(frames) == 1


@pytest.mark.parametrize("target", [1, 2])
def test_derivations_that_go_in_circles_end(target: int) -> None:
    data = heic(TILES, size=(320, 192)).replace(b"\0\5\0\0grid", b"\0\5\0\0iden")
    circle = data.replace(struct.pack(">HH", 5, 4) + b"\0\1", struct.pack(">HH", 5, 4) + b"\0\5")
    layout = read_layout(io.BytesIO(circle if target == 1 else data))
    assert layout.tiles == ([5] if target == 1 else [1])
