"""The processor's own bit count, for use inside Numba kernels."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic


@intrinsic  # type: ignore[misc]
def popcount(typing: Any, word: Any) -> Any:  # noqa: ARG001 - the signature is Numba's
    """Return how many bits of a uint64 are set, as int64.

    Numba knows no `numpy.bitwise_count`. LLVM's `ctpop` is vectorised: VPOPCNTQ with AVX-512, a table look-up with
    AVX2, CNT on ARM.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate
