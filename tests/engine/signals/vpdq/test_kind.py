import numpy as np
import pytest

from firebreak.engine.errors import SignalError
from firebreak.engine.signals import pdq, vpdq
from firebreak.engine.signals.vpdq.kind import VPDQ
from tests.engine.signals.pictures import mosaic
from tests.engine.signals.sources import Pictures

KIND = VPDQ()
SHOTS = [mosaic(f"shot {i}", 90, 160) for i in range(5)]


def test_hashes_one_picture_a_second() -> None:
    source = Pictures(SHOTS, black=16, white=235)
    frames = vpdq.read(KIND.hash_media(source))
    assert source.steps == [1.0]
    assert [frame.seconds for frame in frames] == [0, 1, 2, 3, 4]
    assert [(f.code, f.quality) for f in frames] == [
        (pdq.to_hex(code), quality) for code, quality in (pdq.hash_luma(shot, 16, 235) for shot in SHOTS)
    ]


def test_a_first_frame_before_zero_is_at_zero() -> None:
    assert vpdq.read(KIND.hash_media(Pictures(SHOTS, first=-0.02)))[0].seconds == 0


def test_a_file_without_pictures_has_none() -> None:
    with pytest.raises(SignalError, match="no picture"):
        KIND.hash_media(Pictures([]))


def test_an_excerpt_is_found_in_the_whole() -> None:
    found = KIND.compare(KIND.hash_media(Pictures(SHOTS[1:3])), KIND.hash_media(Pictures(SHOTS)))
    assert (found.matched, found.query_share, found.reference_share) == (True, 1.0, 0.4)


def test_the_canonical_form_keeps_milliseconds_and_drops_the_numbers() -> None:
    code = "ab" * 32
    assert KIND.parse(f"30,99,{code},1234.5678\n") == f'["{code},99,1234.568"]'
    assert KIND.parse(KIND.parse(f'["{code},99,1.23e+03"]')) == f'["{code},99,1230.000"]'


def test_a_dark_video_matches_nothing_not_even_itself() -> None:
    dark = KIND.hash_media(Pictures([np.full((90, 160), 16, np.uint8)]))
    assert not KIND.compare(dark, dark).matched
