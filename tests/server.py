"""The real server for tests: `firebreak run` on a free port, with a data folder of its own, gone afterwards.

`server` is shared by all tests of a file that only use it; `fresh_server` belongs to one test, which may break it.
`start` is for tests that need settings of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

COMMAND = Path(sys.executable).with_name("firebreak")
START_SECONDS = 90.0  # a busy machine
STOP_SECONDS = 60.0


@dataclass
class Server:
    """A running server and what its first start told."""

    data: Path
    process: subprocess.Popen[str]
    settings: dict[str, str] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    url: str = ""
    email: str = ""
    password: str = ""
    token: str = ""
    commands: list[str] = field(default_factory=list)
    """The curl commands, as printed."""
    reader: threading.Thread | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def client(self, **options: object) -> httpx.Client:
        """A client of the API that says who it is."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=30, **options)  # type: ignore[arg-type]

    def log(self) -> str:
        """What the process tree said on standard error."""
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def parts(self) -> dict[str, psutil.Process]:
        """The children of the supervisor by name: `database`, `web-1`, `work-1`."""
        children = psutil.Process(self.process.pid).children()
        return {name: child for child in children if (name := _name(child))}

    def tree(self) -> list[psutil.Process]:
        """The supervisor and all below it."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """Stop it and return its exit code."""
        self.process.send_signal(by)
        return self.process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Stop it, unless it is gone, and give back what was held of it."""
        if self.process.poll() is None:
            self.stop()
        if self.reader:
            self.reader.join()
        if self.process.stdout:
            self.process.stdout.close()


def environment() -> dict[str, str]:
    """The environment without what the tests' own database needs."""
    foreign = ("FIREBREAK_", "JOURNAL_STREAM")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def start(data: Path, part: str = "run", **settings: str) -> Server:
    """Start a server and wait until it says that it is ready. `settings` are environment variables."""
    command = [str(COMMAND), part, "--data", str(data), "--port", "0"]
    with (data.parent / f"{data.name}.log").open("a") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment() | settings)
    server = Server(data, process, settings=settings)
    try:
        _await_announcement(server)
    except BaseException:
        process.kill()
        process.wait()
        server.close()
        raise
    return server


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Server]:
    """Start a server, and stop it afterwards unless the test did."""
    server = start(data, **settings)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that the database's user may enter, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="firebreak-e2e-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with folder() as made, running(made / "data") as started:
        yield started


@pytest.fixture
def fresh_server() -> Iterator[Server]:
    with folder() as made, running(made / "data") as started:
        yield started


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that is not there yet."""
    with folder() as made:
        yield made / "data"


def _await_announcement(server: Server) -> None:
    server.reader = threading.Thread(target=_read, args=(server,), daemon=True)
    server.reader.start()
    until = time.monotonic() + START_SECONDS
    while "Ctrl-C" not in "".join(server.output):
        if server.process.poll() is not None or time.monotonic() > until:
            raise AssertionError(f"the server did not start:\n{''.join(server.output)}\n{server.log()}")
        time.sleep(0.05)
    _understand(server)


def _read(server: Server) -> None:
    assert server.process.stdout
    for line in server.process.stdout:
        server.output.append(line)


def _understand(server: Server) -> None:
    said = "".join(server.output)
    server.url = _found(r"ready at (\S+)", said)
    if "first start" in said:
        server.email, server.password = _found(r"sign in with +(\S+)", said), _found(r"sign in with +\S+ +(\S+)", said)
        server.token = _found(r"API token +(\S+)", said)
        server.commands = re.findall(r"^ *(curl .*)$", said, re.MULTILINE)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in:\n{text}"
    return match.group(1)


def _name(process: psutil.Process) -> str:
    """The part that a process is; nothing for one that is gone."""
    try:
        if (command := process.cmdline()) and Path(command[0]).name == "postgres":
            return "database"
        return Path(f"/proc/{process.pid}/comm").read_text().strip()
    except (psutil.Error, OSError):
        return ""
