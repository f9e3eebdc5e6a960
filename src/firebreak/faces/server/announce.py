"""What the terminal shows once the server answers."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from firebreak.faces.server import listening
from firebreak.faces.server.first_start import credentials, example
from firebreak.faces.server.first_start.credentials import Credentials
from firebreak.records.common.settings import Settings

_FIRST: Final = """
This is its first start. What follows is shown once:

  sign in with   {email}   {password}
  API token      {token}
"""
_TRY: Final = """
Try it. Add a reference, post a copy of it, post something else:

  {add}

  {copy}

  {other}
"""
_ELSEWHERE: Final = """
This is its first start. The administrator's password and an API token are in {file}:
read it, then remove it.
"""


def when_ready(chosen: Settings, door: socket.socket) -> bool:
    """Say where to go, once the server is ready; tell whether it was."""
    if not _ready(door):
        return False
    made = credentials.unshown(chosen.data)
    try:
        sys.stdout.write(_text(chosen, door, made))
        sys.stdout.flush()
    except OSError:  # nobody reads; the server runs on all the same, and shows it at its next start
        return True
    if made and not _is_kept_by_the_system():
        credentials.shown(chosen.data)
    return True


def _text(chosen: Settings, door: socket.socket, made: Credentials | None) -> str:
    where = address(chosen, door)
    first = ""
    if made and _is_kept_by_the_system():
        first = _ELSEWHERE.format(file=chosen.data / credentials.FILE)
    elif made:
        first = _first(where, made, chosen)
    return f"\nFirebreak is ready at {where}\n{first}\nCtrl-C stops it.\n"


def _is_kept_by_the_system() -> bool:
    """Tell whether what is written here goes into the system's log, where no secret belongs."""
    kept, here = os.environ.get("JOURNAL_STREAM"), os.fstat(1)
    return kept == f"{here.st_dev}:{here.st_ino}"  # terminals may have inherited the variable alone


def address(chosen: Settings, door: socket.socket) -> str:
    """Return the address for people and programs."""
    return chosen.url or listening.local_address(door)


def _first(where: str, made: Credentials, chosen: Settings) -> str:
    text = _FIRST.format(email=made.email, password=made.password, token=made.token)
    if not chosen.example:
        return text
    folder = example.folder(chosen.data)
    references, scans = f"{where}/api/v1/banks/{example.BANK}/references", f"{where}/api/v1/scans"
    return text + _TRY.format(
        add=_curl(made.token, folder / example.REFERENCE, f"-F name={example.REFERENCE} {references}"),
        copy=_curl(made.token, folder / example.COPY, scans),
        other=_curl(made.token, folder / example.OTHER, scans),
    )


def _curl(token: str, file: Path, to: str) -> str:
    return f"curl -H 'Authorization: Bearer {token}' -F {shlex.quote(f'file=@{file}')} {to}"


def _ready(door: socket.socket) -> bool:
    host, port = listening.reachable(door)
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
