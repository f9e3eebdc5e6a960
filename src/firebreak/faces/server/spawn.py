"""Child processes that end with their parent, whatever ends it.

The caller is a process with one thread. Children lead sessions of their own, so that Ctrl-C in a terminal reaches
the supervisor only, and start with no signal blocked.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from firebreak.engine.media.sandbox import libc
from firebreak.faces.server.embedded.account import Account

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_LINUX: Final = sys.platform == "linux"
_DEFAULTS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def forked(name: str, run: Callable[[], None], *, dies_by: signal.Signals = signal.SIGKILL) -> int:
    """Run a function in a child of that name, which shares what is loaded here; returns its process id."""
    parent = _ready_to_fork()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _settle(parent, dies_by, None)
        _rename(name)
        run()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:  # noqa: BLE001 - it must not go on as a second supervisor
        traceback.print_exc()
    finally:
        _leave(code)


def executed(
    command: Sequence[str], *, log: Path, account: Account | None = None, dies_by: signal.Signals = signal.SIGKILL
) -> int:
    """Run a program, as `account` where one is given, its output at the end of `log`; returns its process id."""
    parent = _ready_to_fork()
    child = os.fork()
    if child:
        return child
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        _settle(parent, dies_by, account)
        os.execv(command[0], list(command))  # noqa: S606 - no shell wanted
    except BaseException:  # noqa: BLE001 - it must not go on as a second supervisor
        traceback.print_exc()
    finally:
        _leave(127)


def adopt_orphans() -> None:
    """Have what a killed child leaves behind come to this process, which then sees to its end."""
    if _LINUX:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def has_children() -> bool:
    """Tell whether any child, also an adopted one, has not been waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _ready_to_fork() -> int:
    if _LINUX:
        libc.prctl(3)  # PR_GET_DUMPABLE: loads the C library before the fork, for after it
    sys.stdout.flush()
    sys.stderr.flush()
    return os.getpid()


def _settle(parent: int, dies_by: signal.Signals, account: Account | None) -> None:
    for number in _DEFAULTS:
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    if account is not None:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
    if _LINUX:
        libc.prctl(_PR_SET_PDEATHSIG, dies_by)  # a change of user clears it, so not before
    if os.getppid() != parent:
        _leave(1)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _rename(name: str) -> None:
    """Have `ps` and `top` show which part this is."""
    if _LINUX:
        Path("/proc/self/comm").write_text(name)


def _leave(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
