"""What an upload is, by its first bytes."""

from __future__ import annotations

import pytest

from firebreak.desks.intake.kinds import kind_of
from tests import fuzz

SOUNDS = {"sound.wav", "sound.mp3", "sound.flac", "sound.m4a", "sound.aac"}
STILLS = {"still.jpg", "still.png", "still.webp", "still.bmp", "still.avif", "still.heic"}


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return fuzz.good_files()


def test_every_format_that_can_be_decoded_is_known(good: dict[str, bytes]) -> None:
    kinds = {name: kind_of(data[:4096]) for name, data in good.items()}
    assert {name for name, kind in kinds.items() if kind == "image"} == STILLS
    assert {name for name, kind in kinds.items() if kind == "audio"} == SOUNDS
    assert "other" not in kinds.values(), kinds


def test_what_moves_is_no_still(good: dict[str, bytes]) -> None:
    moving = {name for name in good if name.startswith(("moving", "pages"))}
    assert {kind_of(good[name][:4096]) for name in moving} == {"animation"}


@pytest.mark.parametrize("head", [b"", b"%PDF-1.7", b"<html>", b"PK\x03\x04", b"plain words", b"\0" * 64])
def test_what_is_neither_picture_nor_video_nor_sound_is_other(head: bytes) -> None:
    assert kind_of(head) == "other"
