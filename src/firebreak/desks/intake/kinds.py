"""What an upload is, by its first bytes: enough to refuse it, or to know that it is answered at once."""

from __future__ import annotations

import re
from typing import Final, Literal

from firebreak.engine.media import sniff

Kind = Literal["image", "animation", "video", "audio", "other"]
"""Of pictures only an `image` is sure to be a still."""

_SOUND: Final = re.compile(rb"ID3|fLaC|RIFF....WAVE|\xff[\xe2-\xff]|FORM....AIF[FC]|#!AMR|\.snd", re.DOTALL)
_VIDEO: Final = re.compile(
    rb"....(?:ftyp|moov|mdat|wide|free|skip)"  # MP4, MOV
    rb"|\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|OggS|nut/multimedia|0&\xb2u\x8ef\xcf\x11"
    rb"|\x00\x00\x01[\xb0-\xbf]|\x00\x00\x00?\x01"  # MPEG programme streams, bare H.264 and H.265
    rb"|\x47.{187}\x47|.{4}\x47.{191}\x47",  # MPEG transport streams
    re.DOTALL,
)
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P "})


def kind_of(head: bytes) -> Kind:
    """Return what a file is that begins with `head`."""
    if form := sniff.image_format(head):
        return "animation" if _may_move(form, head) else "image"
    if _SOUND.match(head) or sniff.file_brands(head) & _SOUND_BRANDS:
        return "audio"
    return "video" if _VIDEO.match(head) else "other"


def _may_move(form: str, head: bytes) -> bool:
    """Tell whether a picture may have several frames, by what must stand near its beginning if it has."""
    match form:
        case "GIF" | "TIFF":
            return True
        case "WEBP":
            return head[12:16] == b"VP8X" and bool(head[20:21]) and bool(head[20] & 2)
        case "PNG":
            return b"acTL" in head
    return bool(sniff.file_brands(head) & {b"avis", b"msf1", b"hevc", b"hevx"})
