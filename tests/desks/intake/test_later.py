"""Scans that are not answered at once: nothing that was accepted is lost, and each has one end."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from firebreak.desks.intake import gate, machine, spool, working
from firebreak.records.banks.models import Reference
from firebreak.records.common.settings import settings
from firebreak.records.content import operations as content
from firebreak.records.content.models import Scan, Untallied
from firebreak.records.content.outcome import Outcome
from firebreak.records.delivery.models import Event
from firebreak.records.ledger.models import Entry
from tests.desks.intake.conftest import Platform


@pytest.fixture
def waiting(platform: Platform, clip: Reference, files: Path) -> UUID:
    """Return a scan of a known clip's cut that waits for a worker."""
    return UUID(platform.upload(files / "cut.mp4", content_id="clip-1", surface="feed", wait="0").json()["id"])


def test_whoever_does_not_wait_gets_an_id_at_once(platform: Platform, clip: Reference, files: Path) -> None:
    answer = platform.upload(files / "cut.mp4", wait="0")
    told = answer.json()
    assert (answer.status_code, told["status"], told["verdict"], told["degraded"]) == (202, "pending", None, False)
    assert answer["Location"] == f"/api/v1/scans/{told['id']}"
    assert platform.get(f"/scans/{told['id']}").status_code == 202
    assert spool.waiting(UUID(told["id"])).read_bytes() == (files / "cut.mp4").read_bytes()
    job = ProcrastinateJob.objects.get(task_name=gate.JOB, args__contains={"scan": told["id"]})
    assert (job.queue_name, job.args) == ("scan", {"scan": told["id"]})


def test_a_video_that_takes_longer_than_one_waits_is_ended_by_a_worker(
    platform: Platform, clip: Reference, files: Path
) -> None:
    answer = platform.upload(files / "cut.mp4", wait="0.001")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


def test_a_still_is_answered_at_once_however_little_one_waits(
    platform: Platform, picture: Reference, files: Path
) -> None:
    assert platform.upload(files / "copy.jpg", wait="0.001").json()["status"] == "done"


def test_a_worker_ends_it_and_tells(platform: Platform, waiting: UUID) -> None:
    working.end(waiting)
    told = platform.get(f"/scans/{waiting}").json()
    assert (told["status"], told["verdict"]) == ("done", "block")
    assert told["findings"][0]["reference"] == "banked.mp4"
    assert told["media"]["source"] == "file"
    event = Event.objects.get(type="scan.completed")
    assert (event.data["scan"], event.data["content_id"], event.data["verdict"]) == (str(waiting), "clip-1", "block")
    assert Entry.objects.filter(action="scan.block", subject=f"scan:{waiting}").count() == 1
    assert not spool.waiting(waiting).exists()


def test_running_the_job_again_changes_nothing(waiting: UUID) -> None:
    for _ in range(3):
        working.end(waiting)
    assert Event.objects.count() == 1
    assert Entry.objects.filter(action="scan.block").count() == 1


def test_the_second_of_two_workers_that_end_the_same_scan_does_nothing(waiting: UUID) -> None:
    assert content.finish(waiting, Outcome(verdict="allow"))
    assert not content.finish(waiting, Outcome(verdict="block"))
    assert Scan.objects.get(pk=waiting).verdict == "allow"
    assert Untallied.objects.filter(pk=waiting).exists()


def test_an_allowed_scan_that_was_answered_202_is_told_of_too(asker: Platform, files: Path) -> None:
    id_ = UUID(asker.upload(files / "stranger.mp4", wait="0").json()["id"])
    working.end(id_)
    assert Event.objects.get().data["verdict"] == "allow"


def test_a_scan_whose_worker_dies_again_and_again_ends_by_the_setting(
    platform: Platform, waiting: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> Any:
        raise SystemExit  # as good as kill -9: nothing after it runs

    monkeypatch.setattr(machine, "scanner", die)
    for _ in range(settings().scan_tries):
        with pytest.raises(SystemExit):
            working.end(waiting)
    working.end(waiting)
    told = platform.get(f"/scans/{waiting}").json()
    assert (told["status"], told["verdict"], told["degraded"]) == ("failed", "hold", True)
    assert "broke off 3 times" in told["reason"]
    assert Event.objects.get().data["degraded"] is True
    assert not spool.waiting(waiting).exists()


def test_an_upload_that_is_gone_is_looked_for_again_and_then_given_up(platform: Platform, waiting: UUID) -> None:
    spool.waiting(waiting).unlink()
    for _ in range(settings().scan_tries):
        with pytest.raises(FileNotFoundError):
            working.end(waiting)
    working.end(waiting)
    assert platform.get(f"/scans/{waiting}").json()["status"] == "failed"


def test_a_scan_whose_job_is_gone_gets_another(waiting: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "RESCUE_AFTER", working.RESCUE_AFTER * 0)
    assert working.rescue() == 0
    ProcrastinateJob.objects.all().delete()
    assert working.rescue() == 1
    assert working.rescue() == 0


def test_what_a_killed_process_left_is_cleared_and_what_is_waited_for_stays(
    waiting: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = spool.SpoolFile()
    left.write(b"half an upload")
    monkeypatch.setattr(spool, "_LEFT_OVER", -1.0)
    assert working.clear_spool() == 1
    assert not left.path.exists()
    assert spool.waiting(waiting).exists()
    working.end(waiting)
