"""What the terminal shows once the server answers."""

from __future__ import annotations

import socket
import sys
from http.client import HTTPConnection, HTTPException

from firebreak.records.common.settings import Settings


def when_ready(chosen: Settings, door: socket.socket) -> bool:
    """Say where to go, once the server is ready; tell whether it was."""
    if not _ready(door):
        return False
    sys.stdout.write(f"Firebreak is at {address(chosen, door)}\nCtrl-C stops it.\n")
    sys.stdout.flush()
    return True


def address(chosen: Settings, door: socket.socket) -> str:
    """Return the address for people and programs."""
    if chosen.url:
        return chosen.url
    host, port = _reachable(door)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ready(door: socket.socket) -> bool:
    host, port = _reachable(door)
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _reachable(door: socket.socket) -> tuple[str, int]:
    host, port = door.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - compared, not bound
