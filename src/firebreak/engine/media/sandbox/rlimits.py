"""Resource limits: the child's own, set for good, and the processor time its parent gives it for a file."""

import math
import os
import resource
import sys
import time
from pathlib import Path

_LINUX = sys.platform == "linux"
_DESCRIPTORS = 16  # three standard ones, socket, frames, Landlock, the file: the rest is reserve


def address_space() -> int:
    """Bytes of address space that this process has mapped; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def limit_self(memory: int) -> dict[str, int]:
    """Bound this process; returns each limit's name and value as the kernel then reports it.

    `memory` is in bytes of address space, above what is mapped now.
    """
    wanted = {"CORE": 0, "FSIZE": 0, "NPROC": 0, "NOFILE": _DESCRIPTORS}
    if _LINUX:
        wanted["AS"] = address_space() + memory
    return {name: _lower(getattr(resource, f"RLIMIT_{name}"), value) for name, value in wanted.items()}


def _lower(kind: int, value: int) -> int:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))
    return resource.getrlimit(kind)[0]


def limit_processor_time(pid: int, seconds: float) -> None:
    """Let another process of ours use `seconds` more of processor time, then have SIGXCPU end it; Linux only.

    The kernel counts whole seconds, so up to one more may pass. Raises OSError: it is gone, or not ours.
    """
    if sys.platform == "linux":
        _, hard = resource.prlimit(pid, resource.RLIMIT_CPU)
        soft = _later(processor_time(pid), seconds, hard)
        resource.prlimit(pid, resource.RLIMIT_CPU, (soft, hard))


def limit_own_processor_time(seconds: float) -> None:
    """The same from within, where the parent has no such call: elsewhere than on Linux."""
    if not _LINUX:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (_later(time.process_time(), seconds, hard), hard))


def _later(used: float, more: float, hard: int) -> int:
    soft = math.ceil(used + more)
    return soft if hard == resource.RLIM_INFINITY else min(soft, hard)


def has_processor_limit(pid: int) -> bool:
    """Whether another process of ours has one; elsewhere than on Linux it sets its own."""
    if sys.platform == "linux":
        try:
            return resource.prlimit(pid, resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY
        except PermissionError:
            return False
    return True


def processor_time(pid: int) -> float:
    """Seconds of processor time that a process has used; raises ProcessLookupError; Linux only."""
    # clock_getcpuclockid(3), which Python lacks: the clock's number is made from the pid.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError as error:
        raise ProcessLookupError(error.errno, os.strerror(error.errno or 0)) from error
