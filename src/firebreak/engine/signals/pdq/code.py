"""PDQ codes: 256 bits as four 64-bit words, and as the hexadecimal string that everyone exchanges.

Bit k = 16 i + j, for vertical frequency i and horizontal frequency j, is bit k & 63 of word k >> 6. The string is the
256-bit number with those bits, most significant digit first.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.signals.hexadecimal import parse_hex

Code = NDArray[np.uint64]

BITS: Final = 256
WORDS: Final = 4
DIGITS: Final = 64


def pack(coefficients: NDArray[np.float64]) -> Code:
    """Return the codes, shape `(n, 4)`, of coefficients of shape `(n, 256)`: a bit is set above the lower median."""
    median = np.partition(coefficients, BITS // 2 - 1, axis=1)[:, BITS // 2 - 1, None]
    octets = np.packbits(coefficients > median, axis=1, bitorder="little")
    packed: Code = octets.view("<u8").astype(np.uint64, copy=False)
    return packed


def to_hex(code: Code) -> str:
    """Return a code, shape `(4,)`, as 64 lower-case digits."""
    if code.shape != (WORDS,):
        raise ValueError(f"a PDQ code has shape ({WORDS},), not {code.shape}")
    return bytes(code[::-1].astype(">u8")).hex()


def from_hex(text: str) -> Code:
    """Return the code, shape `(4,)`, of 64 hexadecimal digits. Raises SignalError when `text` is anything else."""
    code: Code = codes([parse_hex(text, DIGITS, "PDQ code")])[0]
    return code


def codes(texts: list[str]) -> Code:
    """Return the codes, shape `(n, 4)`, of strings that are known to be good."""
    words = np.frombuffer(bytes.fromhex("".join(texts)), ">u8").reshape(-1, WORDS)
    return words[:, ::-1].astype(np.uint64)
