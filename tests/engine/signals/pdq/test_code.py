import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.pdq.code import codes, from_hex, pack, to_hex

HEX = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(HEX)
def test_text_and_code_are_one(text: str) -> None:
    assert to_hex(from_hex(text)) == text
    assert to_hex(from_hex(f"\n{text.upper()} ")) == text


@given(st.integers(0, 255))
def test_bit_k_is_worth_two_to_the_k(k: int) -> None:
    code = from_hex(f"{1 << k:064x}")
    assert code.dtype == np.uint64
    assert [int(word) for word in code] == [1 << (k & 63) if k >> 6 == word else 0 for word in range(4)]


@given(st.permutations(range(256)))
def test_the_upper_half_of_the_coefficients_is_set(order: list[int]) -> None:
    code = pack(np.array([order], np.float64))[0]
    assert int(to_hex(code), 16) == sum(1 << k for k, value in enumerate(order) if value > 127)


def test_what_equals_the_median_is_not_set() -> None:
    assert to_hex(pack(np.zeros((1, 256)))[0]) == "0" * 64
    assert to_hex(pack(np.arange(256.0)[None] // 128)[0]) == "f" * 32 + "0" * 32


@given(st.lists(HEX, max_size=5))
def test_many_are_as_one(texts: list[str]) -> None:
    assert codes(texts).shape == (len(texts), 4)
    assert [to_hex(code) for code in codes(texts)] == texts


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "0" * 63 + "g", "0_" * 32, "0x" + "0" * 62, "+" + "0" * 63])
def test_refuses_other_text(text: str) -> None:
    with pytest.raises(SignalError, match="a PDQ code is 64 hexadecimal digits"):
        from_hex(text)


def test_refuses_to_write_other_arrays() -> None:
    with pytest.raises(ValueError, match="shape"):
        to_hex(np.zeros((8, 4), np.uint64))
