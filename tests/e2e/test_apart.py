"""The parts apart, on a PostgreSQL of their own: `migrate`, then `serve` and `work`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests import server as servers
from tests.server import Server


@pytest.fixture
def settings() -> Iterator[dict[str, str]]:
    """The settings of an empty database on the tests' own server."""
    parts = conninfo_to_dict(os.environ["FIREBREAK_DATABASE_URL"])
    name = f"apart_{uuid.uuid4().hex[:8]}"
    url = f"postgresql://{parts['user']}@/{name}?host={parts['host']}"
    with psycopg.connect(os.environ["FIREBREAK_DATABASE_URL"], autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}")
        yield {"FIREBREAK_DATABASE_URL": url, "FIREBREAK_SECRET_KEY": "k" * 40, "FIREBREAK_EXAMPLE": "no"}
        link.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_serve_and_work_refuse_a_schema_that_is_behind(data: Path, settings: dict[str, str]) -> None:
    for part in ("serve", "work"):
        done = _run(part, "--data", str(data), *(("--port", "0") if part == "serve" else ()), settings=settings)
        assert done.returncode == 2
        assert "run `firebreak migrate`" in done.stderr


def test_the_parts_need_a_database_of_their_own(data: Path) -> None:
    for part in ("serve", "work", "migrate"):
        done = _run(part, "--data", str(data), settings={})
        assert (done.returncode, done.stdout) == (2, "")
        assert "needs FIREBREAK_DATABASE_URL" in done.stderr


def test_a_database_that_is_not_there_is_one_sentence(data: Path) -> None:
    done = _run("migrate", "--data", str(data), settings={"FIREBREAK_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"})
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_parts_work_together(data: Path, settings: dict[str, str]) -> None:
    assert _run("migrate", settings=settings).stdout.split()[0].isdecimal()
    assert _run("migrate", settings=settings).stdout.startswith("0 ")
    made = _run("token", "create", "--name", "t", "--scope", "scans:write", "--scope", "scans:read", settings=settings)
    server = servers.start(data, "serve", **settings)
    work = subprocess.Popen([str(servers.COMMAND), "work", "--data", f"{data}-2"], env=_environment(settings))
    try:
        server.token = next(word for word in made.stdout.split() if word.startswith("fbt_"))
        _scan_and_work(server)
    finally:
        work.send_signal(signal.SIGTERM)
        assert work.wait(60) == 0
        server.close()


def _scan_and_work(server: Server) -> None:
    with server.client() as client:
        known = {"signals": [{"kind": "sha256", "value": "0" * 64}]}
        answer = client.post("/api/v1/scans", json=known)
        assert answer.json()["verdict"] == "allow", answer.text
    with psycopg.connect(server.settings["FIREBREAK_DATABASE_URL"]) as link:
        until = time.monotonic() + 30
        while link.execute("SELECT count(*) FROM procrastinate_workers").fetchone() != (4,):
            assert time.monotonic() < until, "no worker came"
            link.rollback()
            time.sleep(0.1)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return servers.environment() | settings


def _run(*arguments: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(servers.COMMAND), *arguments]
    return subprocess.run(command, env=_environment(settings), capture_output=True, text=True, timeout=90)
