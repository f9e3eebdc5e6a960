"""Batches of signals say what is wrong with them, and their codes are those that everyone exchanges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.errors import EngineError
from firebreak.engine.library.changes import Signals, UnfitSignalsError, codes_of, pdq_of, words_of
from firebreak.engine.signals.pdq.code import from_hex
from tests.engine.library.signals import pictures

SOUND = {name: getattr(pictures(3), name) for name in ("signal", "reference", "kind", "code", "time")}


@given(st.binary(min_size=32, max_size=32))
def test_a_code_has_the_bytes_of_its_digits(code: bytes) -> None:
    column = np.frombuffer(code, np.uint8)[None]
    np.testing.assert_array_equal(pdq_of(column)[0], from_hex(code.hex()))
    np.testing.assert_array_equal(codes_of(words_of(column)), column)
    assert codes_of(words_of(column)[:, :2]).tobytes() == code[:16] + bytes(16)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"signal": np.array([1, 2, 0])}, "not positive"),
        ({"kind": np.array([0, 1, 3], np.uint8)}, "kind is unknown"),
        ({"reference": np.array([1, 2])}, "'reference' is int64 of shape"),
        ({"code": np.zeros((3, 16), np.uint8)}, "'code' is uint8 of shape"),
        ({"time": np.zeros(3)}, "'time' is float64"),
    ],
)
def test_unfit_signals_are_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(UnfitSignalsError, match=problem) as refused:
        Signals(**(SOUND | change))
    assert isinstance(refused.value, EngineError)
    assert refused.value.remedy


def test_batches_can_be_joined_and_taken_apart() -> None:
    joined = Signals.joined([pictures(3), Signals.none(), pictures(2, 10)])
    assert joined.signal.tolist() == [1, 2, 3, 10, 11]
    assert joined.take(joined.signal > 3).signal.tolist() == [10, 11]
    assert len(Signals.joined([])) == 0
