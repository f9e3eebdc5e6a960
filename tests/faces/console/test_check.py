"""A file checked by hand gets the gate's verdict and its reasons, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from firebreak.desks.intake import machine, spool
from firebreak.records.banks import library
from firebreak.records.banks import operations as banks
from firebreak.records.common.actor import SYSTEM
from firebreak.records.content.models import Item, Scan
from firebreak.records.ledger.models import Entry
from firebreak.records.staff.models import User
from tests import media

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User], Client]


@pytest.fixture(scope="module", autouse=True)
def _decoders() -> Iterator[None]:
    yield
    machine.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a banked picture, a copy and a stranger; the spool lies in it, too."""
    (tmp_path / "spool").mkdir()
    monkeypatch.setattr(spool, "folder", lambda: tmp_path / "spool")
    media.write_still(tmp_path / "banked.png", 1)
    media.write_still(tmp_path / "copy.jpg", 1, quality=60)
    media.write_still(tmp_path / "stranger.jpg", 2)
    bank = banks.create_bank("waves", actor=SYSTEM)
    banks.add_reference_from_file(bank, tmp_path / "banked.png", actor=SYSTEM, pool=machine.pool(), name="wave")
    library.catch_up()
    return tmp_path


def ask(browser: Client, path: str, file: Path, **fields: str) -> str:
    answer = browser.post(path, {**fields, "file": SimpleUploadedFile(file.name, file.read_bytes())}, follow=True)
    return str(answer.content.decode())


def test_a_copy_is_told_with_both_codes_beside_each_other(folder: Path, analyst: User, signed_in: SignIn) -> None:
    before = Entry.objects.count()
    page = ask(signed_in(analyst), "/check/", folder / "copy.jpg")
    assert "was found with a confidence of" in page
    assert page.count("The code of a picture, 16 by 16 signs") == 2
    assert "of 256 bits differ" in page
    assert not Scan.objects.exists()
    assert not Item.objects.exists()
    assert Entry.objects.count() == before
    assert not list((folder / "spool").iterdir())


def test_a_stranger_and_the_very_same_file_are_told_apart(folder: Path, analyst: User, signed_in: SignIn) -> None:
    browser = signed_in(analyst)
    assert "No reference was found in it." in ask(browser, "/check/", folder / "stranger.jpg")
    assert "It is the very same file, byte for byte." in ask(browser, "/check/", folder / "banked.png")


def test_what_cannot_be_read_is_said(folder: Path, analyst: User, signed_in: SignIn) -> None:
    (folder / "broken.jpg").write_bytes((folder / "copy.jpg").read_bytes()[:300])
    page = ask(signed_in(analyst), "/check/", folder / "broken.jpg")
    assert "What went wrong" in page


def test_only_who_may_scan_has_it_recorded(folder: Path, analyst: User, moderator: User, signed_in: SignIn) -> None:
    told = {"keep": "on", "content_id": "post-1"}
    ask(signed_in(analyst), "/check/", folder / "copy.jpg", **told)
    assert not Scan.objects.exists()
    page = ask(signed_in(moderator), "/check/", folder / "copy.jpg", **told)
    assert "<h1><bdi>post-1</bdi></h1>" in page
    assert Scan.objects.get().asked_by == f"user:{moderator.pk}"


def test_a_file_leads_to_its_reference(folder: Path, analyst: User, signed_in: SignIn) -> None:
    assert ">wave</bdi>" in ask(signed_in(analyst), "/banks/_/which/", folder / "copy.jpg")
    assert "No reference is shown" in ask(signed_in(analyst), "/banks/_/which/", folder / "stranger.jpg")


def test_a_file_that_is_no_media_is_refused_beside_the_field(folder: Path, lead: User, signed_in: SignIn) -> None:
    (folder / "notes.txt").write_text("nothing to see")
    page = ask(signed_in(lead), "/banks/waves/add/file/", folder / "notes.txt")
    assert 'role="alert"' in page
