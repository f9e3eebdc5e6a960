"""The data folder: made with the right permissions, locked by the one supervisor that uses it, home of the keys."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

from firebreak.faces.server.errors import ServerError

_KEY_FILE: Final = "secret.key"
_LOCK: Final = "lock"
_ADDRESS: Final = "address"


def make(data: Path) -> None:
    """Make the data folder, for its owner only. Raises ServerError where it cannot be used."""
    mode = 0o711 if os.geteuid() == 0 else 0o700  # root's database runs as another user, who has to pass
    try:
        data.mkdir(mode=mode, parents=True, exist_ok=True)
        probe = data / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        raise ServerError(
            f"the data folder {data} cannot be written ({problem.strerror}): choose another with --data or "
            "FIREBREAK_DATA, or mend its permissions"
        ) from None
    if data.stat().st_uid == os.geteuid():
        data.chmod(mode)


class Lock:
    """Held for as long as a supervisor lives, also one that is killed: the kernel gives it back."""

    def __init__(self, data: Path) -> None:
        """Raises ServerError when another holds it."""
        self._descriptor = os.open(data / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise ServerError(
                f"Firebreak runs already on {data} (process {holder or 'unknown'}): stop that one, or choose another "
                "folder with --data"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def leave_to_parent(self) -> None:
        """Close it in a child, so that the child does not hold it when the supervisor is gone."""
        os.close(self._descriptor)

    def release(self) -> None:
        """Give it back."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def is_locked(data: Path) -> bool:
    """Tell whether a supervisor runs on the folder."""
    try:
        Lock(data).release()
    except (ServerError, FileNotFoundError):
        return (data / _LOCK).exists()
    return False


def address(data: Path) -> str:
    """Return where the web server of this folder answers; empty when none says so."""
    try:
        return (data / _ADDRESS).read_text().strip()
    except OSError:
        return ""


def tell_address(data: Path, url: str) -> None:
    """Note it; an empty one is forgotten."""
    if url:
        (data / _ADDRESS).write_text(f"{url}\n")
    else:
        (data / _ADDRESS).unlink(missing_ok=True)


def secret_key(data: Path) -> str:
    """Return the key that signs sessions, kept in the data folder; empty when there is none yet."""
    try:
        return (data / _KEY_FILE).read_text().strip()
    except OSError:
        return ""


def ensure_secret_key(data: Path) -> None:
    """Make that key where there is none."""
    if not secret_key(data):
        write_private(data / _KEY_FILE, secrets.token_urlsafe(64) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
