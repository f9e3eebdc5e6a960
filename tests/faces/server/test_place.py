"""The data folder: private, locked, writable or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from firebreak.faces.server import place
from firebreak.faces.server.errors import ServerError


def test_it_is_made_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "a" / "b"
    place.make(data)
    assert data.stat().st_mode & 0o066 == 0


def test_one_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ServerError, match="cannot be written"):
        place.make(tmp_path / "file")


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = place.Lock(tmp_path)
    assert place.is_locked(tmp_path)
    with pytest.raises(ServerError, match="runs already"):
        place.Lock(tmp_path)
    first.release()
    assert not place.is_locked(tmp_path)
    place.Lock(tmp_path).release()


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    place.ensure_secret_key(tmp_path)
    key = place.secret_key(tmp_path)
    assert len(key) >= 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    place.ensure_secret_key(tmp_path)
    assert place.secret_key(tmp_path) == key


def test_no_key_is_an_empty_one(tmp_path: Path) -> None:
    assert place.secret_key(tmp_path / "nowhere") == ""


def test_an_address_is_told_and_forgotten(tmp_path: Path) -> None:
    place.tell_address(tmp_path, "http://127.0.0.1:1")
    assert place.address(tmp_path) == "http://127.0.0.1:1"
    place.tell_address(tmp_path, "")
    assert place.address(tmp_path) == ""
