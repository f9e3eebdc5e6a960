import numpy as np
import pytest
from hypothesis import given, settings

from firebreak.engine.signals import pdq
from tests.engine.signals.pictures import TURNS, Plane, distance, mosaic, soft_pictures

# What pdqhash 0.2.8, which wraps the reference implementation, gives for mosaic("firebreak", height, width).
VECTORS = {
    (5, 5): "348d390ecb72c6f1ce73348dc671cb72318c390e348d390ecb72c6f1ce73348d",
    (37, 211): "2f2de25520714d8e2e48b058bf79f1e99ead9d04198138e20343cfacde27f3b9",
    (64, 64): "6b1db0550529cf083e489048b7fb70a5deacf9161d8110ea0b4bc7ecee27d3bb",
    (256, 256): "6b1db0510529cf083e4894d8b7ebf0a4de2cf9161d8310ea0b4bc7e8ee27d3bb",
    (512, 512): "6b0db0510529cf083e489058b7fb70a5deacf9161d8310ea0b4bc7ecee27d3bb",
    (6, 2000): "190bab69a7275f2b990b29e558d8541ee6f4e25c58d81da3190bab61a7275e1b",
    (721, 1283): "6b0db0550529cf083e489058b7fb70a5deacf9161d8110ea0b4bc7ecee27d3bb",
    (1080, 1920): "6b1da0550529cf083e489058b7fb70a5deacf9161d8110ea0b4bc7ecee27d3bb",
    (2160, 3840): "6b1db0550529cf083e489048b7fb70a5deacf9161d8110ea0b4bc7ecee27d3bb",
}


@pytest.mark.parametrize("size", VECTORS)
def test_meets_the_reference(size: tuple[int, int]) -> None:
    code, quality = pdq.hash_luma(mosaic("firebreak", *size))
    assert pdq.to_hex(code) == VECTORS[size]
    assert quality == 100


@settings(max_examples=60, deadline=None)
@given(soft_pictures())
def test_variants_are_the_codes_of_turned_pixels(picture: Plane) -> None:
    codes, quality = pdq.hash_dihedral(picture)
    assert codes.shape == (8, 4)
    for code, turn in zip(codes, TURNS.values(), strict=True):
        turned, _ = pdq.hash_luma(np.ascontiguousarray(turn(picture)))
        assert distance(code, turned) == 0
    assert (codes[0] == pdq.hash_luma(picture)[0]).all()
    assert quality == pdq.hash_luma(picture)[1]


@settings(max_examples=60, deadline=None)
@given(soft_pictures())
def test_half_the_bits_are_set(picture: Plane) -> None:
    codes, _ = pdq.hash_dihedral(picture)
    assert np.bitwise_count(codes).sum(axis=1).tolist() == [128] * 8


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (1, 500), (500, 4), (4, 4), (4, 10_000)])
def test_a_picture_with_a_side_under_five_has_no_code(size: tuple[int, int]) -> None:
    picture = np.full(size, 9, np.uint8)
    code, quality = pdq.hash_luma(picture)
    assert (code.tolist(), quality) == ([0] * 4, 0)
    codes, quality = pdq.hash_dihedral(picture)
    assert (codes.tolist(), quality) == ([[0] * 4] * 8, 0)


@pytest.mark.parametrize("size", [(5, 5), (5, 20_000), (64, 64), (640, 480)])
def test_a_flat_picture_has_no_quality(size: tuple[int, int]) -> None:
    assert pdq.hash_luma(np.full(size, 200, np.uint8))[1] == 0


def test_only_the_quality_depends_on_black_and_white() -> None:
    full = mosaic("range", 480, 640)
    full_code, _ = pdq.hash_luma(full // 4)
    code, _ = pdq.hash_luma(full // 4, 16, 235)
    assert distance(code, full_code) == 0
    limited = np.round(16 + full * (219 / 255)).astype(np.uint8)
    assert distance(pdq.hash_luma(limited, 16, 235)[0], pdq.hash_luma(full)[0]) <= 2


@pytest.mark.parametrize("dimmer", [4, 6, 8])
def test_quality_is_that_of_the_full_range(dimmer: int) -> None:
    full = mosaic("range", 480, 640, tiles=6) // dimmer
    limited = np.round(16 + full * (219 / 255)).astype(np.uint8)
    _, expected = pdq.hash_luma(full)
    assert 10 < expected < 80
    assert abs(pdq.hash_luma(limited, 16, 235)[1] - expected) <= 2


def test_a_code_can_be_changed_by_its_owner() -> None:
    code, _ = pdq.hash_luma(mosaic("mine", 100, 100))
    code[0] = 0


@pytest.mark.parametrize("luma", [np.zeros((9, 9, 3), np.uint8), np.zeros(81, np.uint8), np.zeros((9, 9))])
def test_other_arrays_are_refused(luma: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(ValueError, match="expected a plane of uint8"):
        pdq.hash_luma(luma)
    with pytest.raises(ValueError, match="expected a plane of uint8"):
        pdq.hash_dihedral(luma)


def test_white_must_be_above_black() -> None:
    with pytest.raises(ValueError, match="must be above"):
        pdq.hash_luma(np.zeros((9, 9), np.uint8), 235, 16)
