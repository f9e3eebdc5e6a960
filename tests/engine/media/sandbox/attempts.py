"""What a decoder that a file has taken over would try, run inside and outside of the lockdown alike.

None needs a privilege, so that all succeed for anyone in an ordinary process. Run as a script, this prints
the outcomes; with the argument "landlock" it puts on that layer, alone, before.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from firebreak.engine.media.sandbox import landlock, libc

DONE = "done"
_PARENT = os.getppid()
_NEW = Path(tempfile.gettempdir(), f"firebreak-attempt-{os.getpid()}")
_TGKILL = {"x86_64": 234, "aarch64": 131}[platform.machine()]
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_X32 = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_listener: socket.socket
_client: socket.socket
_address: tuple[str, int]


def prepare() -> None:
    """Open what the attempts need: a socket that listens, and one that could call it."""
    global _listener, _client, _address  # noqa: PLW0603 - set once, before the lockdown
    _listener, _client = socket.create_server(("127.0.0.1", 0)), socket.socket()
    _address = _listener.getsockname()


def outcomes() -> dict[str, str]:
    """What came of each attempt: "done", or why not."""
    return {name: outcome(name) for name in ATTEMPTS}


def outcome(name: str) -> str:
    """The same for one."""
    try:
        ATTEMPTS[name]()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    except RuntimeError as error:  # so Python says that no thread could be started
        return str(error)
    return DONE


def _open_a_pair() -> None:
    for end in socket.socketpair():
        end.close()


def _call_by_tcp() -> None:
    _client.connect(_address)


def _write_a_file() -> None:
    _NEW.touch()
    _NEW.unlink()


def _make_a_directory() -> None:
    _NEW.mkdir()
    _NEW.rmdir()


def _make_a_link() -> None:
    _NEW.symlink_to("/")
    _NEW.unlink()


def _fork() -> None:
    if child := os.fork():
        os.waitpid(child, 0)
    else:
        os._exit(0)


def _start_a_program() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", ""], {}), 0)


def _become_a_program() -> None:
    # A path at address 0: EFAULT says that the kernel was ready to read it.
    if _LIBC.execve(None, None, None) and ctypes.get_errno() != errno.EFAULT:
        raise OSError(ctypes.get_errno(), "execve")


def _start_a_thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def _make_memory_executable() -> None:
    page = mmap.mmap(-1, mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    protection = mmap.PROT_READ | mmap.PROT_EXEC
    if _LIBC.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE), protection):
        raise OSError(ctypes.get_errno(), "mprotect")


def _speak_x32() -> None:
    # Where the kernel has no x32 calls, it says ENOSYS: nobody stood in the way.
    try:
        libc.syscall(_X32 + 39)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file": lambda: os.close(os.open(__file__, os.O_RDONLY)),
    "list a directory": lambda: list(Path("/").iterdir()),
    "look at a path": Path("/").stat,
    "write a file": _write_a_file,
    "make a directory": _make_a_directory,
    "make a link": _make_a_link,
    "make a file without a name": lambda: os.close(os.memfd_create("attempt")),
    "write to an open descriptor": lambda: os.write(1, b""),
    "change directory": lambda: os.chdir("/"),
    "open a TCP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
    "open a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "open a unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close(),
    "open a pair of sockets": _open_a_pair,
    "call by TCP": _call_by_tcp,
    "fork": _fork,
    "start a program": _start_a_program,
    "become a program": _become_a_program,
    "start a thread": _start_a_thread,
    "signal the parent": lambda: os.kill(_PARENT, 0),
    "signal a thread of the parent": lambda: libc.syscall(_TGKILL, _PARENT, _PARENT, 0),
    "map executable memory": lambda: mmap.mmap(-1, 1, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
    "make memory executable": _make_memory_executable,
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU)),
    "be dumpable": lambda: libc.prctl(_PR_SET_DUMPABLE, 1),
    "speak x32": _speak_x32,
}


if __name__ == "__main__":
    prepare()
    if sys.argv[1:] == ["landlock"]:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict()
    print(json.dumps(outcomes()))
