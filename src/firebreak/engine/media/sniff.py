"""What a file is, by its first bytes; names are ignored."""

import re

HEAD = 4096
"""Bytes that `image_format` and `container_name` look at."""

_MAGIC = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"GIF8[79]a", "GIF"),
    (rb"RIFF....WEBP", "WEBP"),
    (rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", "TIFF"),
    (rb"BM.{8}..\0\0", "BMP"),
)
_AVIF = {b"avif", b"avis"}
_HEIF = {b"heic", b"heix", b"heim", b"heis"}
_STILL_BRANDS = _AVIF | _HEIF | {b"mif1", b"msf1"}


def image_format(head: bytes) -> str | None:
    """Pillow's name of a still or animated picture format, or "HEIF"; None for everything else."""
    for magic, name in _MAGIC:
        if re.match(magic, head, re.DOTALL):
            return name
    brands = file_brands(head)
    if head[8:12] not in _STILL_BRANDS:
        return None
    return "AVIF" if brands & _AVIF else "HEIF" if brands & _HEIF else None


def file_brands(head: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO/IEC 14496-12, "ftyp"): the major and the compatible ones."""
    if head[4:8] != b"ftyp":
        return set()
    length = min(int.from_bytes(head[:4], "big"), 256, len(head))
    return {head[8:12]} | {head[i : i + 4] for i in range(16, length - 3, 4)}


def container_name(demuxer: str, head: bytes) -> str:
    """A short name for FFmpeg's demuxer: "mp4", "mov", "matroska", "webm", "avi", ..."""
    if demuxer.startswith("mov"):
        return "mov" if file_brands(head) <= {b"qt  "} else "mp4"
    if demuxer.startswith("matroska"):
        return "webm" if b"webm" in head[:64] else "matroska"
    return demuxer.split(",", maxsplit=1)[0]
