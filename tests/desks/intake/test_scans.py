"""Asking before publishing."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from firebreak.desks.intake import spool
from firebreak.records.banks.models import Bank, Reference
from firebreak.records.content.models import Finding, Fingerprint, Item, Scan, Untallied
from firebreak.records.delivery.models import Event
from firebreak.records.ledger.models import Entry
from tests.desks.intake.conftest import Platform


def test_a_copy_of_a_known_picture_is_stopped(platform: Platform, picture: Reference, files: Path) -> None:
    answer = platform.upload(files / "copy.jpg", content_id="post-1", account_id="anna", surface="feed")
    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] == "done"
    assert told["verdict"] in {"block", "hold"}
    assert told["degraded"] is False
    (finding,) = told["findings"]
    assert (finding["reference"], finding["bank"]) == ("banked.png", "refs")
    assert finding["reference_id"] == str(picture.public_id)
    assert finding["confidence"] == told["confidence"] > 0.9
    assert told["decision"]["rule"]["label"] == "attack-footage"
    assert "banked.png of bank refs" in told["decision"]["because"]


def test_the_very_file_is_blocked(platform: Platform, picture: Reference, files: Path) -> None:
    told = platform.upload(files / "banked.png").json()
    assert (told["verdict"], told["findings"][0]["kinds"]) == ("block", ["sha256"])


def test_a_stranger_is_allowed_and_nothing_is_told(platform: Platform, picture: Reference, files: Path) -> None:
    told = platform.upload(files / "stranger.jpg", content_id="post-2").json()
    assert (told["verdict"], told["findings"], told["error"]) == ("allow", [], None)
    assert told["media"] == {
        "source": "file",
        "bytes": (files / "stranger.jpg").stat().st_size,
        "kind": "image",
        "container": "jpeg",
        "duration": 0.0,
        "width": 640,
        "height": 480,
        "pictures": 1,
    }
    assert not Event.objects.exists()
    assert not Entry.objects.filter(action__startswith="scan.").exists()
    assert Untallied.objects.count() == 1


def test_what_is_stopped_stands_in_the_ledger_and_is_told(platform: Platform, picture: Reference, files: Path) -> None:
    told = platform.upload(files / "banked.png", content_id="post-3", account_id="anna").json()
    entry = Entry.objects.get(action="scan.block")
    assert entry.subject == f"scan:{told['id']}"
    assert entry.actor.startswith("token:")
    event = Event.objects.get(type="scan.completed")
    assert event.data["scan"] == told["id"]
    assert (event.data["content_id"], event.data["verdict"]) == ("post-3", "block")
    assert event.account == "anna"
    assert not Untallied.objects.exists()


def test_part_of_a_known_clip_is_blocked_with_its_place(platform: Platform, clip: Reference, files: Path) -> None:
    told = platform.upload(files / "cut.mp4", wait="30").json()
    assert told["verdict"] == "block"
    (segment,) = told["findings"][0]["segments"]
    assert segment["kind"] == "video"
    assert segment["reference"][0] == pytest.approx(2, abs=1)
    assert segment["reference"][1] == pytest.approx(7, abs=1)


def test_a_scan_can_be_read_again_just_as_it_was_answered(platform: Platform, picture: Reference, files: Path) -> None:
    told = platform.upload(files / "copy.jpg", content_id="post-4", surface="feed").json()
    again = platform.get(f"/scans/{told['id']}").json()
    assert UUID(told["id"]).version == 7
    assert again.pop("finished_at")
    told.pop("finished_at")
    assert again == told


def test_a_scan_that_does_not_exist_is_not_found(asker: Platform) -> None:
    answer = asker.get(f"/scans/{uuid4()}")
    assert (answer.status_code, answer.json()["field"]) == (404, "id")


def test_the_same_content_id_is_one_item(asker: Platform, files: Path) -> None:
    first = asker.upload(files / "stranger.jpg", content_id="post-5").json()
    second = asker.upload(files / "stranger.jpg", content_id="post-5", account_id="ben").json()
    assert first["id"] != second["id"]
    item = Item.objects.get()
    assert (item.content_id, item.account_id, item.scans.count()) == ("post-5", "ben", 2)


def test_without_a_content_id_every_scan_is_an_item_of_its_own(asker: Platform, files: Path) -> None:
    for _ in range(2):
        assert asker.upload(files / "stranger.jpg").json()["content_id"] is None
    assert Item.objects.count() == 2


def test_what_was_seen_is_kept_and_the_bytes_are_not(asker: Platform, files: Path) -> None:
    told = asker.upload(files / "stranger.jpg").json()
    prints = Fingerprint.objects.get(pk=told["id"])
    assert len(bytes(prints.sha256 or b"")) == 32
    assert (len(prints.codes), len(prints.times), len(prints.quality)) == (32, 4, 1)
    assert not list(spool.folder().iterdir())


def test_findings_keep_what_the_picture_of_the_match_needs(platform: Platform, picture: Reference, files: Path) -> None:
    platform.upload(files / "copy.jpg")
    finding = Finding.objects.get()
    assert finding.reference == picture.pk
    assert 0 <= finding.distance <= finding.radius == 48
    assert finding.label == "attack-footage"


def test_a_removed_reference_stops_nothing(platform: Platform, picture: Reference, files: Path) -> None:
    from firebreak.records.banks import library  # noqa: PLC0415
    from firebreak.records.banks import operations as banks  # noqa: PLC0415
    from firebreak.records.common.actor import SYSTEM  # noqa: PLC0415

    banks.remove_reference(picture, actor=SYSTEM, reason="test")
    library.catch_up()
    assert platform.upload(files / "banked.png").json()["verdict"] == "allow"


def test_a_bank_of_context_spares_its_very_file(
    platform: Platform, bank: Bank, picture: Reference, files: Path
) -> None:
    Bank.objects.filter(pk=bank.pk).update(label="context")
    told = platform.upload(files / "banked.png").json()
    assert (told["verdict"], len(told["findings"])) == ("allow", 1)
    assert "context" in told["decision"]["because"]


def test_sound_is_honest_about_what_was_compared(asker: Platform, files: Path) -> None:
    told = asker.upload(files / "melody.ogg").json()
    assert told["media"]["kind"] == "audio"
    assert "hash of the whole file only" in told["media"]["warnings"][-1]


def test_a_file_that_cannot_be_read_is_answered_by_its_setting(asker: Platform) -> None:
    told = asker.upload(b"\xff\xd8\xff\xe0 no picture after all").json()
    assert (told["status"], told["verdict"]) == ("done", "review")
    assert told["error"]
    assert told["degraded"] is False
    assert "cannot be read" in told["decision"]["because"]
    assert Scan.objects.get(pk=told["id"]).error == told["error"]
