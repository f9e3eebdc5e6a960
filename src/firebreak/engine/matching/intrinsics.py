"""Processor instructions that Numba does not offer, for use inside its kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _popcount(_typing: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


def _prefetch(_typing: Any, array: Any, _index: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        data = context.make_array(array)(context, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        target = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(target, [address, flag(0), flag(3), flag(1)])  # for reading, to stay, data
        return context.get_dummy_value()

    return types.none(array, types.int64), generate


popcount = cast("Callable[[Any], int]", intrinsic(_popcount))
"""Return how many bits of a uint64 are set.

LLVM vectorises it: VPOPCNTQ with AVX-512, a table look-up with AVX2, CNT on ARM.
"""

prefetch = cast("Callable[[Any, int], None]", intrinsic(_prefetch))
"""Ask for `array[index]` (one dimension, contiguous) to be brought into the cache; never faults."""
