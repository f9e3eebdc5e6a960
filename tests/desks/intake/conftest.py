"""A platform that asks: its token, a bank with one picture and one clip, and files to send."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from firebreak.desks.intake import machine, spool
from firebreak.records.banks import library
from firebreak.records.banks import operations as banks
from firebreak.records.banks.models import Bank, Reference
from firebreak.records.common.actor import SYSTEM
from firebreak.records.policies import operations as policies
from firebreak.records.staff.permissions import Permission
from tests import media
from tests.cast import Program

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a banked picture and clip, copies of both, and strangers."""
    folder = tmp_path_factory.mktemp("uploads")
    media.write_still(folder / "banked.png", 1, (640, 480))
    media.write_still(folder / "copy.jpg", 1, (640, 480), quality=70)
    media.write_still(folder / "stranger.jpg", 2, (640, 480))
    clip = media.write_video(folder / "banked.mp4", 8, seed=3)
    media.edit(folder / "cut.mp4", [media.Cut(clip, 2, 7)])
    media.write_video(folder / "stranger.mp4", 3, seed=4)
    media.write_sound(folder / "melody.ogg", 1)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _decoders() -> Iterator[None]:
    yield
    machine.close()


@dataclass
class Platform:
    """A platform with a token; what it sends, and how it reads the answer."""

    client: Client
    headers: dict[str, str]

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        sent = {**self.headers, **headers}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/api/v1{path}", content, "application/json", headers=sent)

    def upload(self, content: Path | bytes, *, name: str = "upload", **fields: Any) -> Answer:
        data = content if isinstance(content, bytes) else content.read_bytes()
        headers = {**self.headers, **fields.pop("headers", {})}
        sent = {**fields, "file": SimpleUploadedFile(name, data)}
        return self.client.post("/api/v1/scans", sent, headers=headers)

    def get(self, path: str) -> Answer:
        return self.client.get(f"/api/v1{path}", headers=self.headers)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a spool of the test's own."""
    own = tmp_path / "spool"
    own.mkdir()
    monkeypatch.setattr(spool, "folder", lambda: own)
    return own


@pytest.fixture
def asker(db: None, place: Path, program: Callable[..., Program], client: Client) -> Platform:
    """Return a platform that may ask and read, where nothing is known."""
    library.catch_up()
    return Platform(client, program(Permission.SCANS_WRITE, Permission.SCANS_READ).headers)


@pytest.fixture
def platform(
    transactional_db: None, place: Path, program: Callable[..., Program], client: Client
) -> Iterator[Platform]:
    """Give a platform that may ask and read; the index follows what is banked, so that is committed."""
    library.catch_up()
    yield Platform(client, program(Permission.SCANS_WRITE, Permission.SCANS_READ).headers)
    forget_jobs()


def forget_jobs() -> None:
    """Empty the queue: its tables are none of Django's, which would leave them to the next test."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def bank(platform: Platform) -> Bank:
    for verdict, at in (("block", 0.99), ("hold", 0.9), ("review", 0.5)):
        policies.set_rule("attack-footage", verdict, at, actor=SYSTEM)
    return banks.create_bank("refs", actor=SYSTEM, label="attack-footage")


@pytest.fixture
def picture(bank: Bank, files: Path) -> Reference:
    """Return the banked picture, known to the index."""
    return _banked(bank, files / "banked.png")


@pytest.fixture
def clip(bank: Bank, files: Path) -> Reference:
    """Return the banked clip, known to the index."""
    return _banked(bank, files / "banked.mp4")


def _banked(bank: Bank, file: Path) -> Reference:
    added = banks.add_reference_from_file(bank, file, actor=SYSTEM, pool=machine.pool(), name=file.name)
    library.catch_up()
    return added.reference
