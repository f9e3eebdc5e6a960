"""Files made to harm, over HTTP: each is answered, none is let through as if it had been looked at."""

from __future__ import annotations

import itertools
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from firebreak.desks.intake import machine, spool
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.records.content.models import Scan
from tests import fuzz
from tests.desks.intake.conftest import Platform

MUTANTS = 300


@pytest.fixture(scope="module", autouse=True)
def _strict_decoders() -> Iterator[None]:
    """Decode within tight limits, so that no file takes long."""
    machine.close()
    machine._pools[os.getpid()] = DecoderPool(2, fuzz.LIMITS)
    yield
    machine.close()


def png(width: int, height: int) -> bytes:
    """Return a picture whose header promises more than there is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def test_every_good_file_and_every_mutant_is_answered(asker: Platform) -> None:
    good = fuzz.good_files()
    outcomes = {"read": 0, "unreadable": 0}
    for name, data in itertools.chain(good.items(), fuzz.mutants(good, 7, 0, MUTANTS)):
        answer = asker.upload(data, name=name, wait="30")
        told = answer.json()
        assert answer.status_code == 200, (name, told)
        assert (told["status"], told["degraded"]) == ("done", False), (name, told)
        assert told["verdict"] == ("review" if told["error"] and not told["findings"] else "allow"), (name, told)
        outcomes["unreadable" if told["error"] else "read"] += 1
    assert min(outcomes.values()) > MUTANTS / 10
    assert Scan.objects.count() == len(good) + MUTANTS
    assert not list(spool.folder().iterdir())


@pytest.mark.parametrize(
    "content",
    [
        png(13_000, 13_000),
        png(2**31 - 1, 2**31 - 1),
        b"\xff\xd8\xff" + bytes(100_000),
        b"GIF89a" + b"\xff" * 1000,
        b"<html><script>alert(1)</script></html>",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"PK\x03\x04" + bytes(64),
        b"%PDF-1.7",
    ],
)
def test_what_cannot_be_read_is_said_to_be_so_at_once(asker: Platform, content: bytes) -> None:
    started = time.monotonic()
    told = asker.upload(content).json()
    assert told["error"]
    assert told["verdict"] == "review"
    assert "passwd" not in told["error"]
    assert time.monotonic() - started < 30


def test_an_empty_file_is_a_file_that_cannot_be_read(asker: Platform) -> None:
    assert "no bytes" in asker.upload(b"").json()["error"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\nb.jpg", "x" * 1000, "CON", "\u202egpj.exe"])
def test_the_name_of_a_file_means_nothing(asker: Platform, files: Path, name: str) -> None:
    assert asker.upload((files / "stranger.jpg").read_bytes(), name=name).json()["verdict"] == "allow"
