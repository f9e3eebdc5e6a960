"""What is refused, what is answered when Firebreak is overloaded or broken, and that it says so."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection

from firebreak.desks.intake import fetching, gate, judging, machine, slots, spool, upload, working
from firebreak.records.banks import library
from firebreak.records.banks.models import Reference
from firebreak.records.common import settings as settings_module
from firebreak.records.common.errors import Problem
from firebreak.records.content import operations as content
from firebreak.records.content import queries
from firebreak.records.content.models import Scan
from firebreak.records.staff import tokens
from tests.cast import Program
from tests.desks.intake.conftest import Platform

Set = Callable[..., None]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Return what changes settings for the test."""

    def change(**values: Any) -> None:
        changed = dataclasses.replace(settings_module.settings(), **values)
        for module in (fetching, gate, judging, slots, upload, working):
            monkeypatch.setattr(module, "settings", lambda: changed)
        slots.scans.cache_clear()
        slots.moving.cache_clear()

    yield change
    slots.scans.cache_clear()
    slots.moving.cache_clear()


def test_a_file_that_is_too_large_is_refused_before_it_is_stored(asker: Platform, files: Path, setting: Set) -> None:
    setting(upload_bytes=1024)
    answer = asker.upload(files / "stranger.mp4")
    assert (answer.status_code, answer.json()["field"]) == (413, "file")
    assert "FIREBREAK_UPLOAD_BYTES" in answer.json()["hint"]
    assert not list(spool.folder().iterdir())


def test_a_body_that_lies_little_about_its_file_is_cut_off_while_it_comes(asker: Platform, setting: Set) -> None:
    setting(upload_bytes=1024)
    answer = asker.upload(b"x" * 2048)  # within what fields may take beside the file
    assert answer.status_code == 413
    assert not list(spool.folder().iterdir())


def test_a_kind_that_is_not_taken_is_refused(asker: Platform, files: Path, setting: Set) -> None:
    setting(upload_kinds=("image",))
    answer = asker.upload(files / "stranger.mp4")
    assert (answer.status_code, answer.json()["field"]) == (415, "file")
    assert asker.upload(files / "stranger.jpg").status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"wait": "-1"}, "wait"),
        ({"wait": "soon"}, "wait"),
        ({"wait": "nan"}, "wait"),
        ({"content_id": "x" * 201}, "content_id"),
        ({"content_id": "a\0b"}, "content_id"),
        ({"surface": "not a word"}, "surface"),
        ({"contentid": "1"}, "contentid"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(
    asker: Platform, files: Path, fields: dict[str, str], field: str
) -> None:
    answer = asker.upload(files / "stranger.jpg", **fields)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert not Scan.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 422, "body"),
        (b"[" * 100_000, 422, "body"),
        (b"\xff", 422, "body"),
        ([], 422, None),
        ({}, 422, "url"),
        ({"text": "words"}, 422, "text"),
        ({"url": "https://example.org/a.jpg"}, 422, "url"),
        ({"url": "https://example.org/a.jpg", "text": "words"}, 422, "url"),
        ({"signals": []}, 422, "signals"),
        ({"signals": [{"kind": "pdq"}]}, 422, "signals.0.value"),
        ({"signals": [{"kind": "pdq", "value": "ab"}]}, 422, "signals.0.value"),
        ({"signals": [{"kind": "smell", "value": "ab"}]}, 422, "signals.0.kind"),
        ({"signals": [{"kind": "md5", "value": "ab" * 16}], "content_id": "\ud800"}, 422, "content_id"),
    ],
)
def test_a_body_that_cannot_be_taken_is_told(asker: Platform, body: Any, status: int, field: str | None) -> None:
    answer = asker.post("/scans", body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert field is None or answer.json()["field"] == field
    assert answer.json()["hint"]


def test_a_form_without_a_file_says_so(asker: Platform) -> None:
    answer = asker.client.post("/api/v1/scans", {"content_id": "1"}, headers=asker.headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "file")


def test_another_form_of_body_is_refused(asker: Platform) -> None:
    answer = asker.client.post("/api/v1/scans", b"x", "text/plain", headers=asker.headers)
    assert answer.status_code == 415


def test_a_multipart_body_that_is_none_is_a_bad_request(asker: Platform) -> None:
    answer = asker.client.post("/api/v1/scans", b"x", "multipart/form-data", headers=asker.headers)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_beyond_capacity_one_hears_when_to_come_back_and_what_to_do_meanwhile(
    asker: Platform, files: Path, setting: Set
) -> None:
    setting(scans_at_once=1, when_broken={"default": "hold", "comments": "allow"})
    with slots.scans().one():
        answer = asker.upload(files / "stranger.jpg", surface="comments")
        other = asker.upload(files / "stranger.jpg", surface="feed")
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    told = answer.json()
    assert (told["degraded"], told["verdict"]) == (True, "allow")
    assert other.json()["verdict"] == "hold"
    assert asker.upload(files / "stranger.jpg").status_code == 200


def test_many_at_once_are_answered_or_refused_and_never_lost(platform: Platform, files: Path, setting: Set) -> None:
    setting(scans_at_once=2)
    answers: list[int] = []

    def ask() -> None:
        try:
            answers.append(platform.upload(files / "stranger.jpg").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert set(answers) <= {200, 429}
    assert Scan.objects.count() == answers.count(200) >= 1


def test_a_queue_that_is_full_takes_no_more(asker: Platform, files: Path, setting: Set) -> None:
    setting(scans_waiting=1)
    assert asker.upload(files / "stranger.mp4", wait="0").status_code == 202
    answer = asker.upload(files / "stranger.mp4", wait="0")
    assert (answer.status_code, answer.json()["degraded"]) == (429, True)
    assert Scan.objects.count() == 1


def test_before_the_index_is_read_nothing_is_missed(platform: Platform, picture: Reference, files: Path) -> None:
    library.forget()
    answer = platform.upload(files / "copy.jpg")
    told = answer.json()
    assert (answer.status_code, told["status"]) == (202, "pending")
    assert (told["verdict"], told["degraded"]) == ("hold", True)
    with pytest.raises(Problem, match="index"):
        working.end(UUID(told["id"]))
    library.catch_up()
    working.end(UUID(told["id"]))
    assert platform.get(f"/scans/{told['id']}").json()["findings"]


def test_look_ups_are_refused_before_the_index_is_read(asker: Platform) -> None:
    library.forget()
    answer = asker.get(f"/lookups?kind=pdq&value={'ab' * 32}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


def test_where_the_database_is_away_what_was_found_still_counts(
    platform: Platform, picture: Reference, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    platform.upload(files / "stranger.jpg")  # let in lately
    monkeypatch.setattr(content, "record_answered", away)
    told = platform.upload(files / "stranger.jpg").json()
    assert (told["id"], told["verdict"], told["degraded"]) == (None, "hold", True)
    assert "database" in told["reason"]
    told = platform.upload(files / "banked.png").json()
    assert (told["id"], told["verdict"], told["degraded"]) == (None, "block", True)
    monkeypatch.setattr(content, "record_pending", away)
    told = platform.upload(files / "stranger.mp4", wait="0").json()
    assert (told["id"], told["verdict"], told["degraded"]) == (None, "hold", True)


def test_what_is_hit_while_the_database_is_away_is_held_whatever_the_setting(
    platform: Platform, picture: Reference, files: Path, setting: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    setting(when_broken={"default": "allow"})
    platform.upload(files / "stranger.jpg")  # let in lately
    monkeypatch.setattr(content, "record_answered", away)
    monkeypatch.setattr(queries, "by_key", away)
    monkeypatch.setattr(library.KnownLibrary, "look_up", away)
    told = platform.upload(files / "copy.jpg", headers={"Idempotency-Key": "k"}).json()
    assert (told["id"], told["verdict"], told["degraded"]) == (None, "hold", True)
    assert "something known was hit" in told["decision"]["because"]
    assert platform.upload(files / "stranger.jpg").json()["verdict"] == "allow"
    digest = hashlib.sha256((files / "banked.png").read_bytes()).hexdigest()
    told = platform.post("/scans", {"signals": [{"kind": "sha256", "value": digest}]}).json()
    assert told["verdict"] == "hold"


def test_whoever_was_let_in_lately_gets_an_answer_even_then(
    asker: Platform, files: Path, program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("gone")

    asker.upload(files / "stranger.jpg")
    other = Platform(asker.client, program().headers)
    monkeypatch.setattr(tokens, "authenticate", away)
    monkeypatch.setattr(content, "record_answered", away)
    assert asker.upload(files / "stranger.jpg").json()["degraded"] is True
    assert other.upload(files / "stranger.jpg").status_code == 503
    answer = asker.get("/lookups")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


def test_a_mistake_inside_is_answered_by_the_setting_and_written_down(
    asker: Platform, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(machine, "scanner", broken)
    told = asker.upload(files / "stranger.jpg").json()
    assert (told["status"], told["verdict"], told["degraded"]) == ("failed", "hold", True)
    assert told["error"] == "ZeroDivisionError"
    assert Scan.objects.get(pk=told["id"]).degraded


def test_addresses_are_fetched_only_where_that_is_switched_on_and_never_inwards(asker: Platform, setting: Set) -> None:
    setting(fetch_urls=True)
    answer = asker.post("/scans", {"url": "http://127.0.0.1:1/a.jpg"})
    assert (answer.status_code, answer.json()["field"]) == (422, "url")
    assert not list(spool.folder().iterdir())
