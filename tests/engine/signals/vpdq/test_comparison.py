import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firebreak.engine.signals import vpdq
from firebreak.engine.signals.vpdq import FrameCode, comparison

RNG = np.random.default_rng(11)
SCENES = [int.from_bytes(RNG.bytes(32), "big") for _ in range(40)]


def video(scenes: list[int], flipped: int = 0, quality: int = 100) -> list[FrameCode]:
    """One frame a scene, `flipped` bits away from the scene's code."""
    mask = (1 << flipped) - 1
    return [FrameCode(i, quality, f"{code ^ mask:064x}", float(i)) for i, code in enumerate(scenes)]


def test_an_excerpt_matches_by_the_share_of_the_query() -> None:
    found = vpdq.compare(video(SCENES[10:20], flipped=20), video(SCENES))
    assert (found.query_share, found.reference_share) == (1.0, 0.25)
    assert (found.matched, found.distance) == (True, 0.0)


def test_an_embedding_matches_by_the_share_of_the_reference() -> None:
    found = vpdq.compare(video(SCENES), video(SCENES[10:20], flipped=20))
    assert (found.query_share, found.reference_share) == (0.25, 1.0)
    assert found.matched


def test_four_fifths_are_enough() -> None:
    reference = video(SCENES[:10])
    enough = vpdq.compare(video(SCENES[:8] + SCENES[20:22]), reference)
    assert (enough.query_share, enough.matched) == (0.8, True)
    short = vpdq.compare(video(SCENES[:7] + SCENES[20:23]), reference)
    assert (short.query_share, short.matched) == (0.7, False)
    assert short.distance == pytest.approx(0.3)


@pytest.mark.parametrize(("flipped", "share"), [(31, 1.0), (32, 0.0), (256, 0.0)])
def test_frames_match_within_31_bits(flipped: int, share: float) -> None:
    assert vpdq.compare(video(SCENES, flipped=flipped), video(SCENES)).query_share == share


def test_order_does_not_matter() -> None:
    assert vpdq.compare(video(SCENES[::-1]), video(SCENES)).query_share == 1.0


def test_a_picture_that_stands_still_counts_once() -> None:
    found = vpdq.compare(video([*[SCENES[0]] * 50, SCENES[1], SCENES[2]]), video(SCENES[:1]))
    assert found.query_share == pytest.approx(1 / 3)


@pytest.mark.parametrize(("quality", "share"), [(49, 0.0), (50, 1.0)])
def test_pictures_without_detail_do_not_count(quality: int, share: float) -> None:
    assert vpdq.compare(video(SCENES, quality=quality), video(SCENES)).query_share == share
    assert vpdq.compare(video(SCENES), video(SCENES, quality=quality)).reference_share == share


def test_nothing_shares_nothing() -> None:
    nothing = vpdq.compare([], video(SCENES))
    assert (nothing.matched, nothing.distance, nothing.query_share, nothing.reference_share) == (False, 1.0, 0.0, 0.0)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 60), st.sampled_from([1, 7, 64, 1 << 18]))
def test_is_what_counting_one_by_one_gives(seed: int, ours: int, theirs: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)

    def drawn(count: int) -> list[FrameCode]:
        picks = [SCENES[int(i)] for i in rng.integers(0, 6, count)]
        return video([code ^ (1 << int(rng.integers(0, 41))) - 1 for code in picks])

    a, b = drawn(ours), drawn(theirs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_PAIRS_AT_ONCE", at_once)
        found = vpdq.compare(a, b)
    assert found.query_share == pytest.approx(share(a, b))
    assert found.reference_share == pytest.approx(share(b, a))


def share(a: list[FrameCode], b: list[FrameCode]) -> float:
    ours, theirs = ({int(frame.code, 16) for frame in frames} for frames in (a, b))
    return sum(any((x ^ y).bit_count() <= 31 for y in theirs) for x in ours) / len(ours)
