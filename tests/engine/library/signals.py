"""Signals to keep, so few different ones that they meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.library.changes import DIGEST_BYTES, MD5, PDQ, SHA256, Signals, codes_of
from tests.engine.matching.oracle import clustered


def drawn(rng: np.random.Generator, numbers: NDArray[np.int64]) -> Signals:
    """Return signals of all kinds with these numbers; many codes are alike, and so are many digests."""
    kind = rng.choice([PDQ, PDQ, SHA256, MD5], len(numbers)).astype(np.uint8)
    code = codes_of(clustered(rng, len(numbers), 4))
    for digest, size in DIGEST_BYTES.items():
        which = kind == digest
        code[which] = np.where(np.arange(32) < size, rng.integers(1, 5, (int(which.sum()), 1)), 0)
    code[kind != PDQ, 15] = rng.integers(0, 3, int((kind != PDQ).sum()))  # alike in their first word only
    reference = rng.integers(1, 1 << 40, len(numbers))
    return Signals(numbers, reference, kind, code, rng.random(len(numbers), np.float32))


def pictures(count: int, first: int = 1, seed: int = 0) -> Signals:
    """Return PDQ codes that have nothing to do with one another, of references with the same numbers."""
    rng = np.random.default_rng([seed, first])
    numbers = np.arange(first, first + count)
    code = rng.integers(0, 256, (count, 32), np.uint8)
    return Signals(numbers, numbers, np.zeros(count, np.uint8), code, rng.random(count, np.float32))
