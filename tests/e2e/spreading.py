"""How soon every process knows of a change: two that answer requests, two that work on jobs."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil

from tests import media
from tests.server import Server

PROCESSES = {"FIREBREAK_WEB_PROCESSES": "2", "FIREBREAK_WORKER_PROCESSES": "2", "FIREBREAK_RATE_LIMIT": "100000"}
NEVER = 10.0  # s after which a change counts as missed
MANY_TRIES = 200


class Spreading:
    """Changes a bank and asks every process about it. Close it after use."""

    def __init__(self, server: Server, bank: str = "spreading") -> None:
        self.server, self.bank = server, bank
        self._stack = ExitStack()
        self._change = self._stack.enter_context(server.client())
        self._change.post("/api/v1/banks", json={"name": bank}).raise_for_status()
        self.web = {name: self._connected_to(name) for name in _parts(server, "web")}
        self.workers = _parts(server, "work")

    def close(self) -> None:
        self._stack.close()

    def add(self) -> tuple[str, str]:
        """Bank a code that nothing resembles; return the reference's id and the code."""
        code = secrets.token_hex(32)
        sent = {"signals": [{"kind": "pdq", "value": code}]}
        return str(self._done(self._change.post(f"/api/v1/banks/{self.bank}/references", json=sent))["id"]), code

    def add_file(self, file: Path) -> str:
        """Bank a file; return the reference's id."""
        with file.open("rb") as content:
            sent = self._change.post(f"/api/v1/banks/{self.bank}/references", files={"file": (file.name, content)})
        return str(self._done(sent)["id"])

    def remove(self, reference: str) -> None:
        self._change.delete(f"/api/v1/banks/{self.bank}/references/{reference}").raise_for_status()

    def web_knows(self, code: str, known: bool) -> dict[str, float]:
        """Ask every web process in turn until it matches, or no longer does; return how long that took each (s)."""
        started = time.perf_counter()
        return {
            name: _until(lambda client=client: self._matches(client, code) is known, started)  # type: ignore[misc]
            for name, client in self.web.items()
        }

    def workers_verdict(self, file: Path) -> dict[str, str]:
        """Have every worker scan the file, the others held still; return what each found."""
        return {name: self._scanned_by(name, file) for name in self.workers}

    def _scanned_by(self, name: str, file: Path) -> str:
        with _held_still(process for other, process in self.workers.items() if other != name):
            with file.open("rb") as content:
                sent = self._change.post("/api/v1/scans", files={"file": (file.name, content)}, data={"wait": "0"})
            assert sent.status_code == httpx.codes.ACCEPTED, sent.text
            address = f"/api/v1/scans/{sent.json()['id']}"
            _until(lambda: self._change.get(address).status_code == httpx.codes.OK, time.perf_counter())
            return str(self._change.get(address).json()["verdict"])

    def _connected_to(self, name: str) -> httpx.Client:
        """Return a client whose one connection leads to that process: the kernel spreads them over all."""
        process = psutil.Process(_parts(self.server, "web")[name].pid)
        for _ in range(MANY_TRIES):
            client = self.server.client(limits=httpx.Limits(max_connections=1, keepalive_expiry=3600))
            client.get("/healthz")
            if _port(client) in {c.raddr.port for c in process.net_connections("tcp") if c.raddr}:
                self._stack.callback(client.close)
                return client
            client.close()
        raise AssertionError(f"no connection reached {name}")

    @staticmethod
    def _matches(client: httpx.Client, code: str) -> bool:
        return bool(Spreading._done(client.get("/api/v1/lookups", params={"kind": "pdq", "value": code}))["matches"])

    @staticmethod
    def _done(answer: httpx.Response) -> dict[str, object]:
        answer.raise_for_status()
        return dict(answer.json())


def picture(folder: Path, seed: int) -> Path:
    return media.write_still(folder / f"{seed}.png", seed, (320, 240))


def _parts(server: Server, kind: str) -> dict[str, psutil.Process]:
    return {name: process for name, process in server.parts().items() if name.startswith(kind)}


def _port(client: httpx.Client) -> int:
    (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]
    stream = connection._connection._network_stream
    return int(stream.get_extra_info("client_addr")[1])


@contextmanager
def _held_still(processes: Iterator[psutil.Process]) -> Iterator[None]:
    held = list(processes)
    try:
        for process in held:
            process.send_signal(signal.SIGSTOP)
        yield
    finally:
        for process in held:
            process.send_signal(signal.SIGCONT)


def _until(done: Callable[[], bool], started: float) -> float:
    while not done():
        assert time.perf_counter() - started < NEVER, "a process never knew"
        time.sleep(0.002)
    return time.perf_counter() - started
