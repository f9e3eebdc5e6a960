"""The whole server: its first start, its healing, its end."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests import server as servers
from tests.server import Server


def test_it_is_alive_and_ready(server: Server) -> None:
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    ready = httpx.get(f"{server.url}/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


def test_secrets_are_shown_and_not_logged(server: Server) -> None:
    assert server.password not in server.log()
    assert server.token not in server.log()
    assert not (server.data / "first-start.json").exists()
    for private in ("secret.key", "lock"):
        assert (server.data / private).stat().st_mode & 0o077 == 0


def test_the_printed_commands_do_what_is_said(server: Server) -> None:
    add, copy, other = (json.loads(_run(command)) for command in server.commands)
    assert add["name"] == "reference.mp4"
    assert copy["verdict"] == "block"
    assert other["verdict"] == "allow"


def test_a_second_supervisor_is_refused(server: Server) -> None:
    said = _refused("--data", str(server.data), "--port", "0")
    assert "runs already" in said


def test_a_port_in_use_is_one_sentence(server: Server, data: Path) -> None:
    said = _refused("--data", str(data), "--port", server.url.rpartition(":")[2])
    assert "is in use" in said
    assert len(said.splitlines()) == 1


def test_a_data_folder_that_is_none_is_one_sentence(data: Path) -> None:
    data.write_text("a file")
    assert "cannot be written" in _refused("--data", str(data), "--port", "0")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_trace_and_starts_again(data: Path, by: signal.Signals) -> None:
    with servers.running(data, FIREBREAK_EXAMPLE="no") as first:
        tree = first.tree()
        assert first.stop(by) == 0
        assert not [process for process in tree if process.is_running()]
        assert not (data / "run").exists()
        assert not (data / "postgresql" / "postmaster.pid").exists()
    with servers.running(data) as second:
        assert not second.token  # shown once


@pytest.mark.parametrize("part", ["web-1", "work-1", "database"])
def test_a_killed_part_is_healed(server: Server, part: str) -> None:
    before = server.parts()[part]
    before.kill()
    _await_new(server, part, before.pid, seconds=20)
    _await_ready(server, seconds=20)


def test_a_killed_supervisor_takes_all_with_it(data: Path) -> None:
    with servers.running(data, FIREBREAK_EXAMPLE="no") as first:
        tree = first.tree()
        first.process.kill()
        _, alive = psutil.wait_procs(tree, timeout=15)
        assert not alive
    with servers.running(data) as second:
        assert httpx.get(f"{second.url}/readyz").status_code == 200


def _await_ready(server: Server, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(f"{server.url}/readyz", timeout=seconds).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < until, server.log()
        time.sleep(0.05)


def _await_new(server: Server, part: str, old: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (found := server.parts().get(part)) is None or found.pid == old:
        assert time.monotonic() < until, server.log()
        time.sleep(0.05)


def _run(command: str) -> str:
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _refused(*arguments: str) -> str:
    command = [str(servers.COMMAND), "run", *arguments]
    done = subprocess.run(command, env=servers.environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert not done.stdout
    return done.stderr
