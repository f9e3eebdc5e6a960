"""A child that a file has taken over may say anything: its file fails, the parent and the next file do not."""

import base64
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest

from firebreak.engine.media.errors import DecoderFailed, MediaError
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.sandbox.ring import SLOT_BYTES
from tests.engine.media.sandbox.openers import file

INFO = {
    "type": "info",
    "kind": "video",
    "container": "fake",
    "width": 4,
    "height": 3,
    "duration": 1.0,
    "has_audio": False,
    "warnings": [],
}
FRAME = {
    "type": "frame",
    "slot": 0,
    "time": 0.0,
    "height": 3,
    "width": 4,
    "black": 16,
    "white": 235,
    "keyframe": True,
}
AUDIO = {"type": "audio", "slot": 0, "time": 0.0, "rate": 16000, "count": 10}
ERROR = {"type": "error", "kind": "unreadable", "limit": "", "problem": "p", "remedy": "r"}


def packet(message: object) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body


def says(*packets: bytes, frame: int | None = None) -> bytes:
    return file("says", raw=base64.b64encode(b"".join(packets)).decode(), frame=frame)


@pytest.fixture(scope="module")
def pool(pool: DecoderPool) -> DecoderPool:
    return pool


def opens(pool: DecoderPool, content: bytes) -> None:
    with pool.open(content) as source:
        list(source.frames())
        list(source.audio())


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x10\x00\x00" + b"{" * 1000,
        packet([]),
        packet({}),
        packet({"type": "closed"}),
        packet({"type": ["info"]}),
        packet(FRAME),
        packet(INFO | {"kind": "program"}),
        packet(INFO | {"kind": ["video"]}),
        packet(INFO | {"container": "a\nb"}),
        packet(INFO | {"container": 7}),
        packet(INFO | {"width": -1}),
        packet(INFO | {"width": 2**31}),
        packet(INFO | {"height": 1.5}),
        packet(INFO | {"height": True}),
        packet(INFO | {"duration": -1.0}),
        packet(INFO | {"duration": 10**400}),
        packet(INFO | {"duration": "1"}),
        packet(INFO).replace(b"1.0", b"NaN"),
        packet(INFO).replace(b"1.0", b"9e999"[:3]),
        packet(INFO | {"has_audio": 1}),
        packet(INFO | {"warnings": "text"}),
        packet(INFO | {"warnings": [1]}),
        packet(INFO | {"warnings": ["w"] * 21}),
        packet(ERROR | {"kind": "other"}),
        packet(ERROR | {"kind": {}}),
        packet(ERROR | {"kind": "limit", "limit": "patience"}),
        packet(ERROR | {"kind": "limit", "limit": ["pixels"]}),
        packet(ERROR | {"problem": None}),
    ],
)
