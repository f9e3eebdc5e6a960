"""The client against a server of ours that answers as it is told; against the real one in tests/e2e/test_client.py."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from firebreak.client import Client, FirebreakError, Match, ProblemError, Signal, Unfinished, Unreachable
from firebreak.client.retrying import asked_for, backoff
from tests.receiver import Answer, Receiver, receiving

SCAN: dict[str, Any] = {
    "id": "01a2",
    "status": "done",
    "content_id": "post-1",
    "account_id": None,
    "surface": "",
    "verdict": "block",
    "confidence": 0.99,
    "findings": [
        {
            "reference": "moving.mp4",
            "reference_id": "01a3",
            "bank": "known",
            "label": "tvec",
            "confidence": 0.99,
            "kinds": ["pdq"],
            "distance": 3,
            "segments": [
                {"query": [0, 3.5], "reference": [61, 64.5], "speed": 1.0, "mirrored": False, "kind": "video"}
            ],
        }
    ],
    "decision": {"rule": "known"},
    "degraded": False,
    "reason": None,
    "error": None,
    "media": {},
    "ms": 12.0,
    "created_at": None,
    "finished_at": None,
    "added by a newer server": 1,
}
SOON = {"Retry-After": "0"}


def told(code: int = 200, headers: dict[str, str] | None = None, **changes: Any) -> Answer:
    return Answer(code, json.dumps(SCAN | changes).encode(), headers or {})


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiving() as server:
        server.answer(told())
        yield server


@pytest.fixture
def client(server: Receiver) -> Iterator[Client]:
    with Client(server.at("127.0.0.1", ""), "fbt_x") as client:
        yield client


def test_a_scan_is_typed(client: Client, server: Receiver) -> None:
    scan = client.scan_file(b"picture", content_id="post-1", account_id="a-1", surface="avatars", wait=2)
    assert (scan.id, scan.verdict, scan.may_appear, scan.pending) == ("01a2", "block", False, False)
    finding = scan.findings[0]
    assert (finding.reference, finding.bank, finding.segments[0].reference) == ("moving.mp4", "known", (61.0, 64.5))
    assert scan.raw["added by a newer server"] == 1
    asked = server.requests[0]
    assert (asked.method, asked.path) == ("POST", "/api/v1/scans")
    assert asked.headers["authorization"] == "Bearer fbt_x"
    for part in (b"picture", b"post-1", b"a-1", b"avatars", b'name="wait"\r\n\r\n2'):
        assert part in asked.body


@pytest.mark.parametrize(("verdict", "may"), [("allow", True), ("review", True), ("hold", False), (None, False)])
def test_what_may_appear(verdict: str | None, may: bool, client: Client, server: Receiver) -> None:
    server.answer(told(verdict=verdict))
    assert client.get_scan("01a2").may_appear is may


def test_files_of_every_form_are_sent_whole_with_their_length(client: Client, server: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "upload.png"
    path.write_bytes(b"picture")
    read, write = socket.socketpair()
    with read, write, path.open("rb") as opened, read.makefile("rb") as stream:
        write.sendall(b"picture")
        write.shutdown(socket.SHUT_WR)
        opened.read(3)
        for file in (path, str(path), opened, stream, io.BytesIO(b"picture"), b"picture"):
            client.scan_file(file)
    assert len(server.requests) == 6
    for request in server.requests:
        assert b"\r\npicture\r\n" in request.body
        assert "content-length" in request.headers
    assert b'filename="upload.png"' in server.requests[0].body


def test_addresses_and_signals_are_asked_about(client: Client, server: Receiver) -> None:
    client.scan_url("https://platform.example/a.png", content_id="a")
    client.scan_signals([Signal("pdq", "ab" * 32)])
    first, second = (json.loads(r.body) for r in server.requests)
    assert first == {"url": "https://platform.example/a.png", "content_id": "a", "wait": 5.0}
    assert second == {"signals": [{"kind": "pdq", "value": "ab" * 32}]}


def test_a_call_that_is_sent_again_is_one_call(client: Client, server: Receiver, tmp_path: Path) -> None:
    server.answer(Answer(503, headers=SOON), Answer(429, headers=SOON), told())
    assert client.scan_file(b"picture" * 10_000).verdict == "block"
    assert len({r.headers["idempotency-key"] for r in server.requests}) == 1
    assert [r.body.count(b"picture" * 10_000) for r in server.requests] == [1, 1, 1]
    client.scan_file(b"picture")
    assert len({r.headers["idempotency-key"] for r in server.requests}) == 2
    client.scan_file(b"picture", key="mine")
    assert server.requests[-1].headers["idempotency-key"] == "mine"


def test_what_is_wrong_is_told_and_not_tried_again(client: Client, server: Receiver) -> None:
    problem = {"title": "T", "detail": "too large", "hint": "send less", "field": "file", "request_id": "r-1"}
    server.answer(Answer(413, json.dumps(problem).encode()))
    with pytest.raises(ProblemError, match=r"413: too large \(send less\)") as wrong:
        client.scan_file(b"x")
    assert (wrong.value.status, wrong.value.field, wrong.value.request_id) == (413, "file", "r-1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_a_page_of_a_proxy_is_an_error_too(body: bytes, client: Client, server: Receiver) -> None:
    server.answer(Answer(404, body))
    with pytest.raises(ProblemError, match="answered 404"):
        client.get_scan("x")


def test_an_overloaded_firebreak_says_what_to_do_meanwhile(server: Receiver) -> None:
    server.answer(Answer(429, json.dumps({"detail": "busy", "verdict": "hold"}).encode(), SOON))
    with Client(server.at("127.0.0.1", ""), "fbt_x", retries=1) as client, pytest.raises(ProblemError) as busy:
        client.scan_file(b"x")
    assert busy.value.verdict == "hold"
    assert len(server.requests) == 2


def test_a_wait_that_is_too_long_is_not_begun(client: Client, server: Receiver) -> None:
    server.answer(Answer(503, headers={"Retry-After": "3600"}))
    with pytest.raises(ProblemError):
        client.get_scan("x")
    assert len(server.requests) == 1


def test_nobody_there_is_one_kind_of_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", "fbt_x", retries=1) as client, pytest.raises(Unreachable) as gone:
        client.get_scan("x")
    assert isinstance(gone.value, FirebreakError)


def test_a_pending_scan_is_waited_for(client: Client, server: Receiver) -> None:
    server.answer(told(202, status="pending", verdict=None), told(202, status="pending", verdict=None), told())
    pending = client.scan_file(b"x", wait=0)
    assert pending.pending
    assert client.wait_for(pending).verdict == "block"
    assert client.wait_for(client.wait_for("01a2")).verdict == "block"
    server.answer(told(202, status="pending", verdict=None))
    with pytest.raises(Unfinished):
        client.wait_for("01a2", timeout=0.1)


def test_signals_are_looked_up(client: Client, server: Receiver) -> None:
    match = {"reference": "01a3", "name": "n", "bank": "known", "distance": 3}
    server.answer(Answer(200, json.dumps({"matches": [[match], []]}).encode()))
    assert client.lookup([Signal("pdq", "00"), Signal("md5", "11")]) == [[Match("01a3", "n", "known", 3)], []]


def test_references_are_added_and_removed(client: Client, server: Receiver) -> None:
    server.answer(Answer(201, b'{"id": "01a3", "name": "moving", "new": true}'))
    assert client.add_reference("my bank", b"picture", name="moving", note="n", source="s").id == "01a3"
    assert client.add_reference_signals("known", [Signal("md5", "ab" * 16)], name="moving").bank == "known"
    server.answer(Answer(204))
    client.remove_reference("known", "01/a3")
    assert [(r.method, r.path) for r in server.requests] == [
        ("POST", "/api/v1/banks/my%20bank/references"),
        ("POST", "/api/v1/banks/known/references"),
        ("DELETE", "/api/v1/banks/known/references/01%2Fa3"),
    ]


def test_waits_double_and_end() -> None:
    for tried in range(20):
        assert min(10, 0.25 * 2**tried) / 2 <= backoff(tried) <= min(10, 0.25 * 2**tried)


def test_what_is_asked_for_is_read() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < asked_for(in_a_minute) <= 60
    assert asked_for("7") == 7
    for nonsense in (None, "", "soon", "-3", "Wed, 01 Jan 2020 00:00:00 GMT"):
        assert asked_for(nonsense) == 0


def test_it_needs_neither_the_server_nor_the_engine() -> None:
    code = "import sys, firebreak.client; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"django", "numba", "numpy", "av", "PIL", "cryptography", "procrastinate", "psycopg"}
