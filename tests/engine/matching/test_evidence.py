import numpy as np
import pytest

from firebreak.engine.matching import evidence

RNG = np.random.default_rng(5)
SHOTS = RNG.integers(0, 2**64, (6, 4), np.uint64)


def video(distances: list[int], codes: np.ndarray[tuple[int, int], np.dtype[np.uint64]]) -> float:
    return evidence.confidence(evidence.stretch_evidence(np.array(distances), codes))


def test_a_still_is_surer_the_nearer_it_lies() -> None:
    sure = [evidence.confidence(evidence.still_evidence(d)) for d in range(evidence.MATCH_RADIUS + 1)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] == pytest.approx(0.9999)
    assert sure[31] == pytest.approx(0.99)
    assert sure[32] < 0.99


def test_one_frame_of_a_video_never_reaches_block() -> None:
    assert video([0], SHOTS[:1]) == pytest.approx(0.9)


def test_distinct_frames_add_up() -> None:
    assert video([8] * 3, SHOTS[:3]) > 0.99
    assert video([8] * 6, SHOTS) == pytest.approx(0.9999)


def test_a_picture_that_stands_still_counts_once() -> None:
    assert video([0] * 40, np.repeat(SHOTS[:1], 40, axis=0)) == pytest.approx(0.9)


def test_of_one_shot_the_best_frame_counts() -> None:
    same = np.repeat(SHOTS[:1], 2, axis=0)
    assert evidence.stretch_evidence(np.array([31, 0]), same) == pytest.approx(1.0)
