"""Gives up, for good, everything a decoder does not need: called once, before any untrusted byte is read."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firebreak.engine.media.sandbox import landlock, libc, rlimits, seccomp

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_OOM_SCORE = Path("/proc/self/oom_score_adj")


@dataclass(frozen=True, slots=True)
class Lockdown:
    """What this kernel let the child apply."""

    dies_with_parent: bool
    no_new_privileges: bool
    no_capabilities: bool
    landlock: int
    """The ABI applied; 0 for none."""
    seccomp: bool
    limits: dict[str, int]
    """Resource limits by name, as read back."""


def lock_down(parent: int, memory: int) -> Lockdown:
    """Bind this process to `parent`'s life, bound it, and shut every door that the kernel can shut.

    `memory` is in bytes above what is mapped now. What a kernel lacks is left out and reported.
    """
    limits = rlimits.limit_self(memory)
    if sys.platform != "linux":
        return Lockdown(False, False, False, 0, False, limits)
    _done(lambda: _OOM_SCORE.write_text("1000", encoding="ascii"))  # when memory runs out, decoders go first
    no_capabilities = _done(_drop_capabilities)
    dies_with_parent = _die_with(parent)
    _done(lambda: libc.prctl(_PR_SET_DUMPABLE, 0))
    no_new_privileges = _done(lambda: libc.prctl(_PR_SET_NO_NEW_PRIVS, 1))
    abi = landlock.restrict()
    filtered = seccomp.install()
    return Lockdown(dies_with_parent, no_new_privileges, no_capabilities, abi, filtered, limits)


def _done(step: Callable[[], object]) -> bool:
    try:
        step()
    except OSError:
        return False
    return True


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())


def _die_with(parent: int) -> bool:
    """SIGKILL for this process when the thread that started it ends; nothing is left if it already has."""
    bound = _done(lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(0)
    return bound
