"""Seccomp-BPF: the list of system calls that a decoder may make, and the small assembler for it.

A decoder computes. It reads the descriptor it was given, asks for memory, and speaks with its parent over
the socket it has. Everything else answers EPERM: open, socket, fork, exec, kill, ptrace, even write.
Memory can never be made executable. Numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h; filter layout: include/uapi/linux/{filter,seccomp}.h.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

from firebreak.engine.media.sandbox import libc

_SET_MODE_FILTER = 1
_THREAD_SYNC = 1  # SECCOMP_FILTER_FLAG_TSYNC: every thread of the process

_KILL_PROCESS = 0x80000000
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EPERM

# BPF instruction codes.
_LOAD_WORD = 0x20
_IF_EQUAL = 0x15
_IF_AT_LEAST = 0x35
_IF_ANY_BIT = 0x45
_RETURN = 0x06

# Offsets in struct seccomp_data; of a 64-bit argument the low word (both machines are little-endian).
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_PROT_EXEC = 4
_X32 = 0x40000000  # x86_64 only: the same calls under other numbers


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    seccomp: int
    allowed: dict[str, int]
    """Calls without a look at their arguments, the most frequent first."""
    maps: dict[str, int]
    """Calls whose third argument is a memory protection."""
    tgkill: int


_X86_64 = _Machine(
    audit=0xC000003E,
    seccomp=317,
    allowed={
        "recvfrom": 45, "sendto": 44, "readv": 19, "lseek": 8, "futex": 202, "brk": 12, "munmap": 11,
        "mremap": 25, "madvise": 28, "read": 0, "pread64": 17, "recvmsg": 47, "close": 3,
        "clock_gettime": 228, "clock_getres": 229, "gettimeofday": 96, "time": 201, "nanosleep": 35,
        "clock_nanosleep": 230, "sched_yield": 24, "sched_getaffinity": 204, "getrandom": 318,
        "restart_syscall": 219, "rt_sigreturn": 15, "rt_sigprocmask": 14, "getpid": 39, "gettid": 186,
        "exit": 60, "exit_group": 231,
    },
    maps={"mmap": 9, "mprotect": 10},
    tgkill=234,
)  # fmt: skip

_AARCH64 = _Machine(
    audit=0xC00000B7,
    seccomp=277,
    allowed={
        "recvfrom": 207, "sendto": 206, "readv": 65, "lseek": 62, "futex": 98, "brk": 214, "munmap": 215,
        "mremap": 216, "madvise": 233, "read": 63, "pread64": 67, "recvmsg": 212, "close": 57,
        "clock_gettime": 113, "clock_getres": 114, "gettimeofday": 169, "nanosleep": 101,
        "clock_nanosleep": 115, "sched_yield": 124, "sched_getaffinity": 123, "getrandom": 278,
        "restart_syscall": 128, "rt_sigreturn": 139, "rt_sigprocmask": 135, "getpid": 172, "gettid": 178,
        "exit": 93, "exit_group": 94,
    },
    maps={"mmap": 222, "mprotect": 226},
    tgkill=131,
)  # fmt: skip

MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One `struct sock_filter`; jumps count the instructions to skip."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _return(action: int) -> bytes:
    return _instruction(_RETURN, action)


def assemble(machine: _Machine, pid: int) -> bytes:
    """The filter for one process: `pid` may signal itself, which is how abort(3) ends it, and nobody else."""
    program = [
        _instruction(_LOAD_WORD, _ARCHITECTURE),
        _instruction(_IF_EQUAL, machine.audit, if_true=1),
        _return(_KILL_PROCESS),
        _instruction(_LOAD_WORD, _NUMBER),
        _instruction(_IF_AT_LEAST, _X32, if_false=1),
        _return(_DENY),
    ]
    for number in machine.allowed.values():
        program += [_instruction(_IF_EQUAL, number, if_false=1), _return(_ALLOW)]
    for number in machine.maps.values():
        program += [
            _instruction(_IF_EQUAL, number, if_false=4),
            _instruction(_LOAD_WORD, _ARGUMENTS + 8 * 2),
            _instruction(_IF_ANY_BIT, _PROT_EXEC, if_false=1),
            _return(_DENY),
            _return(_ALLOW),
        ]
    program += [
        _instruction(_IF_EQUAL, machine.tgkill, if_false=3),
        _instruction(_LOAD_WORD, _ARGUMENTS),
        _instruction(_IF_EQUAL, pid, if_false=1),
        _return(_ALLOW),
        _return(_DENY),
    ]
    return b"".join(program)


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install() -> bool:
    """Put the filter on this process for good; False where kernel, machine or container has no seccomp.

    `no_new_privs` must be set.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 2**32:  # a 32-bit Python on such a kernel speaks another call table
        return False
    code = assemble(machine, os.getpid())
    program = _Program(len(code) // 8, code)
    try:
        laggard = libc.syscall(
            machine.seccomp,
            ctypes.c_uint(_SET_MODE_FILTER),
            ctypes.c_uint(_THREAD_SYNC),
            ctypes.byref(program),
        )
    except OSError:
        return False
    return laggard == 0
