"""The client, and the documentation's two platforms, against a real server."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from firebreak.client import Client, ProblemError, Signal
from tests import media
from tests import server as servers
from tests.e2e.operating import environment, operator, until
from tests.server import Server

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
BANK = "client-tests"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = {"FIREBREAK_PRIVATE_TARGETS": "127.0.0.0/8"}
    with servers.folder() as made, servers.running(made / "data", **settings) as started:
        yield started


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, server: Server) -> tuple[Path, Path]:
    """A picture whose original is known, and one that nobody knows."""
    folder = tmp_path_factory.mktemp("pictures")
    original = media.write_still(folder / "original.png", 7, (800, 600))
    copy = media.write_still(folder / "copy.jpg", 7, (640, 480), quality=80)
    other = media.write_still(folder / "other.png", 8)
    with Client(server.url, server.token) as client:
        client.create_bank(BANK, description="of the tests")
        client.add_reference(BANK, original, note="harmless")
        until(lambda: client.scan_file(copy).verdict == "block")
    return copy, other


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx.Client]:
    with operator(server) as api:
        yield api


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url, server.token) as client:
        yield client


def test_a_copy_is_blocked_and_something_else_is_not(client: Client, pictures: tuple[Path, Path]) -> None:
    copy, other = pictures
    scan = client.scan_file(copy, content_id="post-1", account_id="account-1", surface="posts")
    assert (scan.verdict, scan.may_appear, scan.content_id) == ("block", False, "post-1")
    assert scan.findings[0].reference == "original.png"
    assert client.scan_file(other).may_appear
    assert scan.id
    assert client.get_scan(scan.id).findings == scan.findings
    assert client.wait_for(scan) == scan


def test_the_same_key_is_the_same_scan(client: Client, pictures: tuple[Path, Path]) -> None:
    first, second = (client.scan_file(pictures[0], key="upload-1") for _ in range(2))
    assert first.id == second.id


def test_a_scan_that_is_not_waited_for_ends(client: Client, pictures: tuple[Path, Path]) -> None:
    scan = client.scan_file(pictures[0], wait=0)
    assert client.wait_for(scan, timeout=60).verdict == "block"


def test_signals_are_added_looked_up_scanned_removed_and_restored(client: Client) -> None:
    digest = Signal("sha256", "0f" * 32)
    reference = client.add_reference_signals(BANK, [digest], name="a file")
    until(lambda: client.lookup([digest])[0])
    assert client.lookup([digest, Signal("sha256", "f0" * 32)])[1] == []
    scan = client.scan_signals([digest])
    assert (scan.findings[0].reference, scan.findings[0].reference_id) == ("a file", reference.id)
    client.remove_reference(BANK, reference.id)
    until(lambda: not client.lookup([digest])[0])
    assert client.restore_reference(BANK, reference.id) == client.restore_reference(BANK, reference.id)


def test_problems_are_told(client: Client, server: Server) -> None:
    with pytest.raises(ProblemError) as wrong:
        client.scan_url("https://platform.example/a.png")
    assert (wrong.value.status, wrong.value.field) == (422, "url")
    with Client(server.url, "fbt_nobody") as nobody, pytest.raises(ProblemError) as unknown:
        nobody.get_scan("01a21243-874d-7ade-97b3-6a2c841dd3b6")
    assert unknown.value.status == 401


@contextmanager
def platform(kind: str, port: int, server: Server, key: str) -> Iterator[httpx.Client]:
    """Run an example as its reader would."""
    told = {"GATE_URL": server.url, "GATE_TOKEN": server.token, "GATE_KEYS": key}
    script, example = Path(__file__).with_name("platforms.py"), EXAMPLES / f"{kind}_upload.py"
    command = [sys.executable, str(script), kind, str(example), str(port)]
    with subprocess.Popen(command, env=environment() | told, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: process.poll() is not None or listens(port))
            assert process.poll() is None, process.stderr and process.stderr.read()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as visitor:
                yield visitor
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def upload(visitor: httpx.Client, file: Path) -> dict[str, Any]:
    answer = visitor.post("/upload", files={"file": (file.name, file.read_bytes())})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["django", "fastapi"])
def test_an_example_asks_before_it_publishes_and_hears_what_comes_later(
    kind: str, server: Server, api: httpx.Client, pictures: tuple[Path, Path]
) -> None:
    copy, other = pictures
    port = free_port()
    made = api.post("/endpoints", json={"url": f"http://127.0.0.1:{port}/hooks", "key": "v1a"}).json()
    with platform(kind, port, server, made["key"]["secret"]) as visitor:
        assert upload(visitor, other)["state"] == "published"
        kept = upload(visitor, copy)
        assert kept["state"] == "kept back"
        deliveries = {"endpoint": made["id"], "state": "delivered", "event": "scan.completed"}
        until(lambda: api.get("/deliveries", params=deliveries).json()["deliveries"])
        assert visitor.get(f"/posts/{kept['id']}").json()["state"] == "kept back"
        forged = visitor.post("/hooks", content=b"{}", headers={"webhook-id": "x", "webhook-signature": "v1,x"})
        assert forged.status_code == 400
    assert api.delete(f"/endpoints/{made['id']}").status_code == 204
