"""Parts of the server are killed in random order under load, and nothing that was accepted is lost.

Eight rounds by default; CRASH_ROUNDS=50 for more, CRASH_SEED for another order.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests import server as servers
from tests.receiver import Receiver
from tests.server import Server

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "8"))
SEED = int(os.environ.get("CRASH_SEED", "15"))
PATIENCE = 120.0
_ENDPOINT = """
import sys
from pathlib import Path
from firebreak.faces.site import boot
boot.setup(Path(sys.argv[1]))
from firebreak.records.common.actor import SYSTEM
from firebreak.records.delivery.operations.endpoints import create_endpoint
create_endpoint(sys.argv[2], actor=SYSTEM)
"""


@dataclass
class Load:
    """A platform that goes on asking; it remembers what was accepted."""

    server: Server
    accepted: dict[str, str] = field(default_factory=dict)
    """By scan: its verdict, empty while it was pending."""
    refused: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for number in itertools.count():
            if self.stop.wait(0.05):
                return
            try:
                self._ask(("waves-1.mp4", "other.mp4")[number % 2], wait=number // 2 % 2 * 5)
            except httpx.HTTPError:  # killed while it answered: the platform does not know, and asks again
                self.refused += 1

    def _ask(self, name: str, wait: int) -> None:
        server = self.server
        file = (server.data / "example" / name).read_bytes()
        form = {"content_id": f"{name}-{time.time_ns()}", "wait": str(wait)}
        answer = httpx.post(
            f"{server.url}/api/v1/scans", headers=server.headers, files={"file": (name, file)}, data=form, timeout=30
        )
        told = answer.json()
        if answer.status_code in {200, 202} and told["id"]:
            self.accepted[told["id"]] = "" if answer.status_code == 202 else told["verdict"]
        else:
            self.refused += 1


def test_nothing_accepted_is_lost(data: Path) -> None:
    drawn = random.Random(SEED)
    with Receiver() as receiver:
        settings = {"FIREBREAK_PRIVATE_TARGETS": "127.0.0.0/8"}
        server = servers.start(data, **settings)
        _add_endpoint(server, receiver, settings)
        load = Load(server)
        asking = threading.Thread(target=load.run)
        asking.start()
        databases = set()
        try:
            for _ in range(ROUNDS):
                time.sleep(drawn.uniform(0.2, 0.9))
                load.server = _killed(load.server, drawn, settings)
                databases.add(load.server.parts()["database"].pid)
            load.stop.set()
            asking.join()
            assert len(load.accepted) > ROUNDS
            _all_have_a_verdict(load.server, load)
            _all_were_told(receiver, load)
            assert _verified(load.server, settings)
            tree = load.server.tree()
        finally:
            load.stop.set()
            asking.join()
            load.server.close()
        _nothing_is_left(data, tree, databases)


def _killed(server: Server, drawn: random.Random, settings: dict[str, str]) -> Server:
    part = drawn.choice(["web-1", "work-1", "database", "decoder", "supervisor"])
    if part == "supervisor":
        token, tree = server.token, server.tree()
        server.process.kill()
        _, alive = psutil.wait_procs(tree, timeout=20)
        assert not alive, alive
        server.close()
        server = servers.start(server.data, **settings)
        server.token = token
    elif part == "decoder":
        for child in [child for child in server.tree() if child.name().startswith("python")][:1]:
            child.kill()
    else:
        _eventually(lambda: part in server.parts(), f"{part} is not healed")
        server.parts()[part].kill()
    _eventually(lambda: _ready(server), "not ready again")
    return server


def _all_have_a_verdict(server: Server, load: Load) -> None:
    with server.client() as client:

        def pending() -> list[str]:
            for scan in [scan for scan, verdict in load.accepted.items() if not verdict]:
                told = client.get(f"/api/v1/scans/{scan}").json()
                assert told.get("status") in {"pending", "done"}, told
                load.accepted[scan] = told["verdict"] if told["status"] == "done" else ""
            return [scan for scan, verdict in load.accepted.items() if not verdict]

        _eventually(lambda: not pending(), "scans without a verdict")
    assert set(load.accepted.values()) <= {"block", "allow", "hold", "review"}


def _all_were_told(receiver: Receiver, load: Load) -> None:
    """Every scan that ended in anything but `allow` is told of, however often, by one webhook id."""
    due = {scan for scan, verdict in load.accepted.items() if verdict != "allow"}
    _eventually(lambda: due <= set(_told(receiver)), "webhooks that did not arrive")
    assert all(len(ids) == 1 for ids in _told(receiver).values())


def _told(receiver: Receiver) -> dict[str, set[str]]:
    told = defaultdict(set)
    for request in list(receiver.requests):
        event = json.loads(request.body)
        if event["type"] == "scan.completed":
            told[event["data"]["scan"]].add(request.headers["webhook-id"])
    return told


def _nothing_is_left(data: Path, tree: list[psutil.Process], databases: set[int]) -> None:
    assert not [process for process in tree if process.is_running()]
    assert not (data / "run").exists()
    rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    assert not [row for row in rows if int(row[4]) in databases]


def _add_endpoint(server: Server, receiver: Receiver, settings: dict[str, str]) -> None:
    command = [sys.executable, "-c", _ENDPOINT, str(server.data), receiver.url]
    done = subprocess.run(command, env=servers.environment() | settings, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def _verified(server: Server, settings: dict[str, str]) -> bool:
    command = [str(servers.COMMAND), "ledger", "verify", "--data", str(server.data)]
    done = subprocess.run(command, env=servers.environment() | settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return True


def _ready(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/readyz", timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


def _eventually(holds: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, otherwise
        time.sleep(0.1)
