"""The socket that people and programs reach: held by the supervisor, so that callers wait while a web process starts
anew instead of being refused."""

from __future__ import annotations

import errno
import socket
from typing import Final

from firebreak.faces.server.errors import ServerError

BACKLOG: Final = 1024


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ServerError with what to do."""
    try:
        listening = _bound(host, port)
    except socket.gaierror:
        raise ServerError(f"there is no host {host!r} here: choose another with --host") from None
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise ServerError(f"port {port} is in use on {host}: choose another with --port") from None
        if problem.errno == errno.EACCES:
            raise ServerError(f"port {port} needs more rights: choose one above 1023 with --port") from None
        raise ServerError(f"cannot listen on {host}:{port}: {problem.strerror}") from None
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def reachable(door: socket.socket) -> tuple[str, int]:
    """Return the host and port at which programs on this machine reach it."""
    host, port = door.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - compared, not bound


def local_address(door: socket.socket) -> str:
    """Return that as an address."""
    host, port = reachable(door)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
