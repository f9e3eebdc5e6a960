"""What a first start shows, and where no secret belongs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from firebreak.faces.server import announce, listening
from firebreak.faces.server.first_start.credentials import Credentials
from firebreak.records.common.settings import Settings

MADE = Credentials("admin@localhost", "a password", "fbt_token")


@pytest.fixture
def door() -> Iterator[socket]:
    with listening.listen("127.0.0.1", 0) as made:
        yield made


def test_a_terminal_is_shown_everything(door: socket, tmp_path: Path) -> None:
    said = announce._text(Settings(data=tmp_path), door, MADE)
    assert MADE.password in said
    assert said.count("curl ") == said.count("Bearer fbt_token") == 3


def test_the_journal_is_told_where_it_stands(door: socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.fstat(1)
    monkeypatch.setenv("JOURNAL_STREAM", f"{here.st_dev}:{here.st_ino}")
    said = announce._text(Settings(data=tmp_path), door, MADE)
    assert MADE.password not in said
    assert MADE.token not in said
    assert f"{tmp_path}/first-start.json" in said


def test_a_variable_that_was_inherited_hides_nothing(
    door: socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    assert MADE.token in announce._text(Settings(data=tmp_path), door, MADE)


def test_later_starts_say_where_it_is_and_no_more(door: socket) -> None:
    said = announce._text(Settings(url="https://firebreak.example"), door, None)
    assert said.split() == ["Firebreak", "is", "ready", "at", "https://firebreak.example", "Ctrl-C", "stops", "it."]
