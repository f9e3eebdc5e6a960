"""Files without a name: a sealed memfd on Linux, an unlinked temporary file elsewhere.

The seals matter: a child that could shrink the memory it shares would kill its parent,
which reads it to the end.
"""

import os
import sys
import tempfile

_MFD_NOEXEC_SEAL = 0x0008  # hosts with vm.memfd_noexec=2 want it, kernels before 6.3 refuse it


def shared_memory(size: int) -> int:
    """A descriptor of `size` zero bytes, which nobody can make shorter or longer (Linux)."""
    descriptor = _create("firebreak-frames")
    os.ftruncate(descriptor, size)
    _seal(descriptor, content=False)
    return descriptor


def copy_of(data: bytes) -> int:
    """A descriptor, at its start, of a copy of `data` that nobody can change (Linux)."""
    descriptor = _create("firebreak-bytes")
    try:
        _write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        _seal(descriptor, content=True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _create(name: str) -> int:
    if sys.platform == "linux":
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        try:
            return os.memfd_create(name, flags | _MFD_NOEXEC_SEAL)
        except OSError:
            return os.memfd_create(name, flags)
    with tempfile.TemporaryFile(prefix=name) as file:
        return os.dup(file.fileno())


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _seal(descriptor: int, *, content: bool) -> None:
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - its seal names exist only here

        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals | (fcntl.F_SEAL_WRITE if content else 0))
