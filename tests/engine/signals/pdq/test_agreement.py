"""Codes beside those of pdqhash, which wraps the reference implementation."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from firebreak.engine.signals import pdq
from tests.engine.signals.pictures import Plane, bits_apart, mosaic, peer, peer_of_rgb, soft_pictures, stills

# PDQ's rule for whoever decodes in his own way holds for pictures of at least this quality.
TRUSTED = 80
SIZES = [(5, 5), (5, 3000), (2999, 6), (63, 65), (64, 64), (64, 200), (127, 129), (513, 511), (720, 1280), (1081, 1921)]


@pytest.mark.parametrize("size", SIZES)
def test_same_plane_same_code(size: tuple[int, int]) -> None:
    picture = mosaic("agreement", *size)
    code, quality = pdq.hash_luma(picture)
    expected, expected_quality = peer(picture)
    assert bits_apart(pdq.to_hex(code), expected) == 0
    assert abs(quality - expected_quality) <= 1


@settings(max_examples=60, deadline=None)
@given(soft_pictures(), st.integers(1, 8))
def test_any_soft_picture(picture: Plane, dimmer: int) -> None:
    code, quality = pdq.hash_luma(picture // dimmer)
    expected, expected_quality = peer(picture // dimmer)
    assert bits_apart(pdq.to_hex(code), expected) <= 2
    assert abs(quality - expected_quality) <= 1


def test_real_stills() -> None:
    grey, planes = [], []
    for still in stills():
        expected, quality = peer_of_rgb(np.asarray(still))
        code, own_quality = pdq.hash_luma(np.asarray(still.convert("L")))
        assert abs(own_quality - quality) <= 2
        if quality >= TRUSTED:
            grey.append(bits_apart(pdq.to_hex(code), expected))
            planes.append(jpeg_distance(still))
    assert len(grey) >= 300
    assert np.mean(np.array(grey) <= 2) >= 0.99
    assert np.mean(np.array(planes) <= 2) >= 0.99
    assert max(*grey, *planes) <= 10


def jpeg_distance(still: Image.Image) -> int:
    """How far the code of a JPEG's own brightness plane lies from the peer's code of its decoded colours."""
    file = io.BytesIO()
    still.save(file, "JPEG", quality=90)
    expected, _ = peer_of_rgb(np.asarray(Image.open(file)))
    plane = Image.open(file)
    plane.draft("L", plane.size)
    code, _ = pdq.hash_luma(np.asarray(plane))
    return bits_apart(pdq.to_hex(code), expected)
