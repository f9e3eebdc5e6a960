"""The socket is ours, or the reason is one sentence."""

from __future__ import annotations

import pytest

from firebreak.faces.server import listening
from firebreak.faces.server.errors import ServerError


def test_any_free_port_is_found_and_told() -> None:
    with listening.listen("127.0.0.1", 0) as door:
        host, port = listening.reachable(door)
        assert host == "127.0.0.1"
        assert listening.local_address(door) == f"http://127.0.0.1:{port}"


def test_all_addresses_are_reached_by_the_local_one() -> None:
    with listening.listen("0.0.0.0", 0) as door:
        assert listening.reachable(door)[0] == "127.0.0.1"


def test_a_port_in_use_is_refused() -> None:
    with listening.listen("127.0.0.1", 0) as door, pytest.raises(ServerError, match="is in use"):
        listening.listen("127.0.0.1", listening.reachable(door)[1])


def test_a_host_that_is_not_here_is_refused() -> None:
    with pytest.raises(ServerError, match=r"no host|cannot listen"):
        listening.listen("nowhere.invalid", 0)
    with pytest.raises(ServerError, match="cannot listen"):
        listening.listen("192.0.2.1", 0)
