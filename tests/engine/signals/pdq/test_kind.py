import numpy as np
import pytest

from firebreak.engine.errors import SignalError
from firebreak.engine.signals import pdq
from firebreak.engine.signals.pdq.kind import KIND
from tests.engine.signals.pictures import mosaic
from tests.engine.signals.sources import Pictures


def test_hashes_the_first_picture() -> None:
    first, second = mosaic("first", 90, 120), mosaic("second", 90, 120)
    code, _ = pdq.hash_luma(first)
    assert KIND.hash_media(Pictures([first, second])) == pdq.to_hex(code)


def test_a_file_without_pictures_has_none() -> None:
    with pytest.raises(SignalError, match="no picture"):
        KIND.hash_media(Pictures([]))


@pytest.mark.parametrize(("bits", "matched"), [(0, True), (1, True), (31, True), (32, False), (256, False)])
def test_distance_is_in_bits(bits: int, matched: bool) -> None:
    comparison = KIND.compare("0" * 64, f"{(1 << bits) - 1:064x}")
    assert (comparison.distance, comparison.matched) == (bits, matched)


def test_strangers_do_not_match() -> None:
    signals = [KIND.hash_media(Pictures([mosaic(f"stranger {i}", 90, 120)])) for i in range(20)]
    distances = [KIND.compare(a, b).distance for i, a in enumerate(signals) for b in signals[:i]]
    assert min(distances) > 80
    assert 120 < np.mean(distances) < 136
