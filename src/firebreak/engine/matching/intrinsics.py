"""Processor instructions that Numba does not offer, for use inside its kernels."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, cast

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic

# How many numbers `near` compares at once, by their bits: as many as a bucket usually holds.
LANES: Final = {16: 32, 64: 16}

# Whether kernels count the bits of a vector of words by one instruction.
_FEATURES: Final = os.environ.get("NUMBA_CPU_FEATURES") or binding.get_host_cpu_features().flatten()
COUNTS_VECTORS: Final = "+avx512vpopcntdq" in _FEATURES.split(",")


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


def _trailing_zeros(_typing: Any, _word: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


def _near(_typing: Any, array: Any, _index: Any, _value: Any, _mask: Any, _most: Any) -> Any:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = ir.IntType(array.dtype.bitwidth)
        lanes = LANES[array.dtype.bitwidth]
        vector = ir.VectorType(number, lanes)
        data = context.make_array(array)(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
        value, mask, most = (_everywhere(builder, argument, vector) for argument in arguments[2:])
        differing = builder.and_(builder.xor(builder.load(address, align=1), value), mask)
        name = f"llvm.ctpop.v{lanes}i{number.width}"  # llvmlite declares intrinsics of scalars only
        kind = ir.FunctionType(vector, [vector])
        count = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        near = builder.icmp_unsigned("<=", builder.call(count, [differing]), most)
        return builder.zext(builder.bitcast(near, ir.IntType(lanes)), ir.IntType(64))

    return types.uint64(array, *(types.int64,) * 4), generate


def _everywhere(builder: Any, argument: Any, vector: Any) -> Any:
    """Return a vector that has the argument in every lane."""
    lane = builder.trunc(argument, vector.element) if vector.element.width < 64 else argument
    none, zero = ir.Constant(vector, ir.Undefined), ir.IntType(32)(0)
    return builder.shuffle_vector(
        builder.insert_element(none, lane, zero), none, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    )


popcount = cast("Callable[[Any], int]", intrinsic(_popcount))
"""Return how many bits of a uint64 are set.

LLVM vectorises it: VPOPCNTQ with AVX-512, a table look-up with AVX2, CNT on ARM.
"""

prefetch = cast("Callable[[Any, int], None]", intrinsic(_prefetch))
"""Ask for `array[index]` (one dimension, contiguous) to be brought into the cache; never faults."""

trailing_zeros = cast("Callable[[Any], int]", intrinsic(_trailing_zeros))
"""Return how many bits of a uint64 that is not 0 come before the lowest one that is set."""

near = cast("Callable[[Any, int, int, int, int], Any]", intrinsic(_near))
"""Tell, a bit each, which of the `LANES` numbers from `array[index]` on differ from a value, under a mask, in at most
so many bits. It reads all of them: the array must go on that far.

One or two vector instructions each for AVX-512 with BITALG; table look-ups with AVX2.
"""
