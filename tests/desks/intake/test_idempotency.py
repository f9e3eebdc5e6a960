"""The same request sent again is answered the same, and happens once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firebreak.desks.intake import working
from firebreak.records.banks.models import Reference
from firebreak.records.common import clock
from firebreak.records.content import operations as content
from firebreak.records.content.models import Idempotency, Item, Scan
from tests.desks.intake.conftest import Platform

KEY = {"Idempotency-Key": "upload-1"}
SIGNALS = [{"kind": "sha256", "value": "ab" * 32}]


def test_an_upload_sent_again_is_the_same_scan(platform: Platform, picture: Reference, files: Path) -> None:
    first, second = (platform.upload(files / "copy.jpg", content_id="a", headers=KEY).json() for _ in range(2))
    assert second.pop("finished_at")
    first.pop("finished_at")
    assert first == second
    assert Scan.objects.count() == 1


def test_the_key_does_not_serve_for_another_file(asker: Platform, files: Path) -> None:
    asker.upload(files / "stranger.jpg", headers=KEY)
    answer = asker.upload(files / "copy.jpg", headers=KEY)
    assert (answer.status_code, answer.json()["field"]) == (409, "Idempotency-Key")
    assert Scan.objects.count() == 1


def test_a_scan_that_waits_is_not_put_off_twice(asker: Platform, files: Path) -> None:
    first = asker.upload(files / "stranger.mp4", wait="0", headers=KEY)
    second = asker.upload(files / "stranger.mp4", wait="0", headers=KEY)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    working.end(UUID(first.json()["id"]))
    third = asker.upload(files / "stranger.mp4", wait="0", headers=KEY)
    assert (third.status_code, third.json()["verdict"]) == (200, "allow")


def test_keys_of_two_tokens_are_two_keys(asker: Platform, program: object, files: Path) -> None:
    asker.post("/scans", {"signals": SIGNALS}, **KEY)
    other = Platform(asker.client, program().headers)  # type: ignore[operator]
    other.post("/scans", {"signals": SIGNALS}, **KEY)
    assert Scan.objects.count() == 2


def test_keys_are_forgotten_after_a_day(asker: Platform) -> None:
    asker.post("/scans", {"signals": SIGNALS}, **KEY)
    with clock.fixed(clock.now() + timedelta(hours=23)):
        assert content.prune_keys() == 0
    with clock.fixed(clock.now() + timedelta(hours=25)):
        assert content.prune_keys() == 1


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "\u00e9"])
def test_a_key_that_cannot_be_taken_is_refused(asker: Platform, key: str) -> None:
    answer = asker.post("/scans", {"signals": SIGNALS}, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


REQUESTS = st.tuples(
    st.sampled_from(["k1", "k2", None]), st.sampled_from(["ab", "cd"]), st.sampled_from(["post-1", "post-2", None])
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(REQUESTS, max_size=8))
def test_whatever_is_sent_a_key_stands_for_one_request(
    asker: Platform, sent: list[tuple[str | None, str, str | None]]
) -> None:
    for model in (Idempotency, Scan, Item):
        model.objects.all().delete()
    first: dict[str, tuple[str, str | None, str]] = {}
    made = 0
    for key, digits, content_id in sent:
        body = {"signals": [{"kind": "sha256", "value": digits * 32}], "content_id": content_id}
        answer = asker.post("/scans", body, **({"Idempotency-Key": key} if key else {}))
        known = first.get(key) if key else None
        if known and known[:2] != (digits, content_id):
            assert answer.status_code == 409
        elif known:
            assert answer.json()["id"] == known[2]
        else:
            made += 1
            assert answer.status_code == 200
            if key:
                first[key] = digits, content_id, answer.json()["id"]
    assert Scan.objects.count() == made
    named = {content_id for _, _, content_id in sent if content_id}
    assert set(Item.objects.exclude(content_id=None).values_list("content_id", flat=True)) <= named
