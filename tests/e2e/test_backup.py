"""A backup, taken while the server runs, restored elsewhere: everything is there, and the ledger is whole."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests import server as servers
from tests.server import Server


def test_what_was_backed_up_is_there_after_it_was_restored(server: Server, data: Path) -> None:
    file = data.parent / "backup"
    _await((server.data / "ledger.key").exists)  # the first checkpoint makes it
    assert "secret.key and ledger.key" in _said("backup", str(file), "--data", str(server.data))
    assert file.stat().st_mode & 0o077 == 0
    _said("restore", str(file), "--data", str(data))
    assert (data / "secret.key").read_bytes() == (server.data / "secret.key").read_bytes()
    with servers.running(data) as restored:
        assert not restored.commands  # no first start: everyone is there already
        _said("ledger", "verify", "--data", str(data))
        copy = {"file": (server.data / "example" / "waves-1.mp4").read_bytes()}
        asked = httpx.post(f"{restored.url}/api/v1/scans", headers=server.headers, files=copy, timeout=60)
        assert asked.json()["verdict"] == "block"


def test_nothing_is_overwritten(server: Server, data: Path) -> None:
    data.mkdir()
    file = data / "backup"
    file.write_text("mine")
    assert "exists" in _refused("backup", str(file), "--data", str(server.data))
    assert "is not empty" in _refused("restore", str(_backup(server, data)), "--data", str(data))
    assert file.read_text() == "mine"


def test_what_is_no_backup_is_refused(data: Path) -> None:
    assert "is no backup" in _refused("restore", str(Path(__file__)), "--data", str(data))
    assert not data.exists()


def test_a_folder_without_a_database_is_refused(data: Path) -> None:
    assert "no database" in _refused("backup", str(data.parent / "backup"), "--data", str(data))


def _await(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


def _backup(server: Server, data: Path) -> Path:
    file = data.parent / "another"
    _said("backup", str(file), "--data", str(server.data))
    return file


def _said(*arguments: str) -> str:
    done = _run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _refused(*arguments: str) -> str:
    done = _run(*arguments)
    assert done.returncode == 2, done.stdout
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("firebreak")), *arguments]
    return subprocess.run(command, env=servers.environment(), capture_output=True, text=True, timeout=120)
