"""Formats by their first bytes."""

import struct

import pytest

from firebreak.engine.media.sniff import container_name, file_brands, image_format


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = major + bytes(4) + b"".join(compatible)
    return struct.pack(">I4s", 8 + len(body), b"ftyp") + body + bytes(100)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"RIFF\n\0\n\0WEBPVP8 ", "WEBP"),
        (b"II*\0", "TIFF"),
        (b"MM\0+", "TIFF"),
        (b"BM" + struct.pack("<IIII", 1000, 0, 54, 40), "BMP"),
        (ftyp(b"avif", b"mif1", b"miaf"), "AVIF"),
        (ftyp(b"avis", b"msf1", b"avif"), "AVIF"),
        (ftyp(b"mif1", b"avif"), "AVIF"),
        (ftyp(b"heic", b"mif1"), "HEIF"),
        (ftyp(b"mif1", b"heic"), "HEIF"),
        (ftyp(b"msf1", b"hevc"), None),
        (ftyp(b"isom", b"iso2", b"avc1", b"mp41"), None),
        (ftyp(b"mp42", b"heic"), None),
        (b"RIFF\n\0\n\0AVI LIST", None),
        (b"BMX, a text", None),
        (b"", None),
        (b"\0\0\0\0ftyp", None),
    ],
)
def test_pictures_are_known_by_their_content(head: bytes, name: str | None) -> None:
    assert image_format(head) == name


def test_brands_are_read_within_bounds() -> None:
    endless = struct.pack(">I4s", 0xFFFFFFFF, b"ftyp") + b"heic" + bytes(4) + b"mif1"
    assert file_brands(endless) == {b"heic", b"mif1"}
    assert file_brands(b"abcd") == set()


@pytest.mark.parametrize(
    ("demuxer", "head", "name"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", ftyp(b"isom"), "mp4"),
        ("mov,mp4,m4a,3gp,3g2,mj2", ftyp(b"qt  ", b"qt  "), "mov"),
        ("mov,mp4,m4a,3gp,3g2,mj2", b"\0\0\0\x08wide", "mov"),
        ("matroska,webm", b"\x1aE\xdf\xa3....webm", "webm"),
        ("matroska,webm", b"\x1aE\xdf\xa3....matroska", "matroska"),
        ("mpegts", b"G", "mpegts"),
    ],
)
def test_containers_have_short_names(demuxer: str, head: bytes, name: str) -> None:
    assert container_name(demuxer, head) == name
