"""A child that a file has taken over may say anything: that costs its file, not the parent or the next file."""

import base64
import json
import struct
from collections.abc import Callable

import pytest

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests.engine.media.sandbox.openers import file

MakePool = Callable[..., DecoderPool]

INFO = {
    "type": "info",
    "kind": "video",
    "container": "fake",
    "width": 4,
    "height": 3,
    "duration": 1.0,
    "has_audio": False,
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


def packet(message: object) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack("!I", len(body)) + body


def says(data: bytes, frame: int | None = None) -> bytes:
    return file("says", raw=base64.b64encode(data).decode(), frame=frame)


def read(pool: DecoderPool, content: bytes) -> int:
    with pool.open(content) as source:
        return sum(1 for _ in source.frames())


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        (b"\xff\xff\xff\xff", None),  # the length of a message of 4 GiB
        (packet({}), None),
        (packet(FRAME), None),  # before any info
        (packet(INFO).replace(b"1.0", b"NaN"), None),
        (packet(INFO), 1),  # in the middle of a stream
        (packet(FRAME | {"slot": 4}), 1),
        (packet(FRAME | {"height": 10**6, "width": 10**6}), 1),
        (packet(FRAME).replace(b"0.0", b"NaN"), 1),
    ],
)
def test_nonsense_fails_the_file_and_costs_the_child(make_pool: MakePool, data: bytes, frame: int | None) -> None:
    pool = make_pool()
    with pytest.raises(DecoderFailed, match="broke its protocol"):
        read(pool, says(data, frame))
    assert read(pool, file("clip")) == 3


def test_half_a_message_is_not_waited_for_longer_than_the_limit(make_pool: MakePool) -> None:
    pool = make_pool(wall_seconds=0.2)
    with pytest.raises(LimitExceeded, match="takes longer"):
        read(pool, file("says", raw=base64.b64encode(packet(INFO)[:-1]).decode(), hangs=True))
    assert read(pool, file("clip")) == 3


def test_more_frames_than_were_asked_for_fill_nothing_up(make_pool: MakePool) -> None:
    pool = make_pool(frames=500)
    with pytest.raises(LimitExceeded, match="500 frames"):
        read(pool, says(packet(FRAME) * 600, 1))
    assert read(pool, file("clip")) == 3
