"""Signals as they come and go: in batches, in columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import EngineError

PDQ: Final = 0
SHA256: Final = 1
MD5: Final = 2
DIGEST_BYTES: Final = {SHA256: 32, MD5: 16}
CODE_BYTES: Final = 32
_TYPES: Final = {
    "signal": np.dtype(np.int64),
    "reference": np.dtype(np.int64),
    "kind": np.dtype(np.uint8),
    "code": np.dtype(np.uint8),
    "time": np.dtype(np.float32),
}


class UnfitSignalsError(EngineError, ValueError):
    """Signals that no library can take."""


@dataclass(frozen=True, slots=True)
class Signals:
    """A batch of signals in columns of length n, in any order."""

    signal: NDArray[np.int64]  # number of the signal in the database: positive, never given twice
    reference: NDArray[np.int64]  # number of its reference there
    kind: NDArray[np.uint8]  # PDQ, SHA256 or MD5
    code: NDArray[np.uint8]  # (n, 32): the bytes that the hexadecimal digits name, then zeros
    time: NDArray[np.float32]  # of the frame in the reference (s)

    def __post_init__(self) -> None:
        for name, dtype in _TYPES.items():
            shape = (len(self.signal), CODE_BYTES) if name == "code" else (len(self.signal),)
            column = getattr(self, name)
            if column.dtype != dtype or column.shape != shape:
                raise UnfitSignalsError(
                    f"the column {name!r} is {column.dtype} of shape {column.shape}", f"use {dtype} of shape {shape}"
                )
        if (self.kind > MD5).any() or (self.signal <= 0).any():
            raise UnfitSignalsError("a signal's number is not positive or its kind is unknown", "use kinds 0 to 2")

    def __len__(self) -> int:
        return len(self.signal)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        return type(self)(*(getattr(self, name)[which] for name in _TYPES))

    @classmethod
    def joined(cls, batches: Iterable[Self]) -> Self:
        held = [cls.none(), *batches]
        return cls(*(np.concatenate([getattr(batch, name) for batch in held]) for name in _TYPES))

    @classmethod
    def none(cls) -> Self:
        return cls(*(np.empty((0, CODE_BYTES) if name == "code" else 0, dtype) for name, dtype in _TYPES.items()))


def words_of(code: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return codes `(n, 32)` as numbers `(n, 4)`: the first bytes are the first word's highest."""
    return np.ascontiguousarray(code).view(">u8").astype(np.uint64)


def pdq_of(code: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return codes `(n, 32)` as PDQ codes `(n, 4)`, which have their words the other way round."""
    return words_of(code)[:, ::-1]


def codes_of(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return what `words_of` was given; digests shorter than a code `(n, k < 4)` with zeros behind."""
    code = np.zeros((len(words), CODE_BYTES), np.uint8)
    code[:, : 8 * words.shape[1]] = np.ascontiguousarray(words.astype(">u8")).view(np.uint8)
    return code
