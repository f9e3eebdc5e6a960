import numpy as np
import pytest
from numpy.typing import NDArray

from firebreak.engine.signals.pdq.transform import quality, transform

COLUMNS = np.arange(64)


def wave(frequency: int) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = np.cos(np.pi / 128 * frequency * (2 * COLUMNS + 1))
    return wave


@pytest.mark.parametrize(("down", "across"), [(1, 1), (1, 16), (16, 1), (3, 11)])
def test_a_wave_has_its_own_coefficient_alone(down: int, across: int) -> None:
    expected = np.zeros((16, 16))
    expected[down - 1, across - 1] = 32.0  # the waves have length sqrt(32) each
    np.testing.assert_allclose(transform(np.outer(wave(down), wave(across))), expected, atol=1e-12)


@pytest.mark.parametrize(("down", "across"), [(0, 0), (0, 5), (5, 0), (17, 3), (3, 40)])
def test_brightness_stripes_and_fine_detail_do_not_count(down: int, across: int) -> None:
    np.testing.assert_allclose(transform(np.outer(wave(down), wave(across))), np.zeros((16, 16)), atol=1e-12)


def test_quality_runs_from_flat_to_full_of_detail() -> None:
    assert quality(np.full((64, 64), 200.0)) == 0
    assert quality(255.0 * (np.indices((64, 64)).sum(axis=0) % 2)) == 100


def test_quality_counts_whole_per_cents() -> None:
    step = np.zeros((64, 64))
    step[:, 32:] = 255 * 0.75  # 64 neighbours that differ by 75 %
    assert quality(step) == 64 * 75 // 90
    faint = np.outer(np.ones(64), COLUMNS) * 2.5  # 0.98 % from one to the next
    assert quality(faint) == 0
