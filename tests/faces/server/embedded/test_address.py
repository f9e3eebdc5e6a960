"""The socket's path fits a socket, wherever the data folder lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from firebreak.faces.server.embedded import address


@pytest.mark.parametrize("data", [Path("/var/lib/firebreak"), Path("/" + "deep/" * 60), Path("/" + "é" * 50)])
def test_its_path_fits(data: Path) -> None:
    path = address.socket_folder(data) / address.SOCKET
    assert len(str(path).encode()) <= 107


def test_two_long_folders_have_two_sockets() -> None:
    one, two = (address.socket_folder(Path("/" + "deep/" * 60 + name)) for name in "ab")
    assert one != two


def test_its_address_is_understood() -> None:
    parts = conninfo_to_dict(address.url(Path("/some where/data")))
    assert parts == {"user": "firebreak", "dbname": "firebreak", "host": "/some where/data/run"}
