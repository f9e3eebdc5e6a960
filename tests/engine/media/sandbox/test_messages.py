"""Every field of what a child says is checked; the rest of the parent may rely on it."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.sandbox import anonymous_file, messages
from firebreak.engine.media.sandbox.ring import RING_BYTES, SAMPLES_PER_SLOT, SLOT_BYTES, SLOTS, RingReader
from firebreak.engine.media.sandbox.wire import Message, ProtocolError
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

INFO: Message = {
    "type": "info",
    "kind": "video",
    "container": "mp4",
    "width": 4,
    "height": 3,
    "duration": 1.5,
    "has_audio": False,
}
FRAME: Message = {
    "type": "frame",
    "slot": 3,
    "time": 2.5,
    "height": 3,
    "width": 4,
    "black": 16,
    "white": 235,
    "keyframe": True,
}
AUDIO: Message = {"type": "audio", "slot": 0, "time": 1, "rate": 16000, "count": 10}
ERROR: Message = {"type": "error", "kind": "unreadable", "limit": "", "problem": "it is torn", "remedy": "mend"}

INFINITE = float("inf")


def ring() -> RingReader:
    descriptor = anonymous_file.shared_memory(RING_BYTES)
    os.pwrite(descriptor, bytes(range(1, 13)), 3 * SLOT_BYTES)
    try:
        return RingReader(descriptor)
    finally:
        os.close(descriptor)


RING = ring()


def read_frame(message: Message) -> Frame:
    return messages.frame_in(message, RING)[1]


def read_audio(message: Message) -> AudioBlock:
    return messages.audio_in(message, RING)[1]


def read_error(message: Message) -> str | None:
    try:
        messages.raise_error_in(message)
    except MediaError as error:
        return error.problem
    return None


def test_good_messages_are_read() -> None:
    assert messages.info_in(INFO) == MediaInfo("video", "mp4", 4, 3, 1.5, False)
    assert messages.info_in(INFO | {"duration": None}).duration is None
    slot, frame = messages.frame_in(FRAME, RING)
    assert (slot, frame.time, frame.black, frame.white, frame.keyframe) == (3, 2.5, 16, 235, True)
    assert np.array_equal(frame.luma, np.arange(1, 13).reshape(3, 4))
    slot, block = messages.audio_in(AUDIO, RING)
    assert (slot, block.time, block.rate, block.samples.tolist()) == (0, 1.0, 16000, [0.0] * 10)
    assert messages.warnings_in(INFO | {"warnings": ["torn\x1b"]}) == ["torn?"]
    assert messages.warnings_in(INFO) == []


def test_errors_are_read_as_what_they_stand_for() -> None:
    with pytest.raises(UnreadableMedia) as unreadable:
        messages.raise_error_in(ERROR)
    assert (unreadable.value.problem, unreadable.value.remedy) == ("it is torn", "mend")
    with pytest.raises(DecoderFailed):
        messages.raise_error_in(ERROR | {"kind": "failed"})
    with pytest.raises(LimitExceeded) as exceeded:
        messages.raise_error_in(ERROR | {"kind": "limit", "limit": "pixels"})
    assert exceeded.value.limit == "pixels"
    messages.raise_error_in(INFO)


@pytest.mark.parametrize(
    ("read", "good", "fields"),
    [
        (messages.info_in, INFO, {"type": "frame"}),
        (messages.info_in, INFO, {"type": ["info"]}),
        (messages.info_in, INFO, {"kind": "program"}),
        (messages.info_in, INFO, {"kind": ["video"]}),
        (messages.info_in, INFO, {"container": "a\nb"}),
        (messages.info_in, INFO, {"container": "m" * 100}),
        (messages.info_in, INFO, {"container": 7}),
        (messages.info_in, INFO, {"width": -1}),
        (messages.info_in, INFO, {"width": 2**31}),
        (messages.info_in, INFO, {"height": 1.5}),
        (messages.info_in, INFO, {"height": True}),
        (messages.info_in, INFO, {"duration": -1.0}),
        (messages.info_in, INFO, {"duration": INFINITE}),
        (messages.info_in, INFO, {"duration": 10**400}),
        (messages.info_in, INFO, {"duration": "1"}),
        (messages.info_in, INFO, {"has_audio": 1}),
        (read_frame, FRAME, {"type": "audio"}),
        (read_frame, FRAME, {"slot": -1}),
        (read_frame, FRAME, {"slot": SLOTS}),
        (read_frame, FRAME, {"slot": "0"}),
        (read_frame, FRAME, {"time": float("nan")}),
        (read_frame, FRAME, {"time": -INFINITE}),
        (read_frame, FRAME, {"time": None}),
        (read_frame, FRAME, {"height": 0}),
        (read_frame, FRAME, {"width": 0}),
        (read_frame, FRAME, {"width": -4}),
        (read_frame, FRAME, {"height": SLOT_BYTES, "width": 2}),
        (read_frame, FRAME, {"height": 2**32, "width": 2**32}),
        (read_frame, FRAME, {"black": 0}),
        (read_frame, FRAME, {"black": 235, "white": 16}),
        (read_frame, FRAME, {"keyframe": "yes"}),
        (read_audio, AUDIO, {"type": "frame"}),
        (read_audio, AUDIO, {"slot": 4}),
        (read_audio, AUDIO, {"time": INFINITE}),
        (read_audio, AUDIO, {"rate": 0}),
        (read_audio, AUDIO, {"rate": 10**9}),
        (read_audio, AUDIO, {"count": -1}),
        (read_audio, AUDIO, {"count": SAMPLES_PER_SLOT + 1}),
        (read_error, ERROR, {"kind": "other"}),
        (read_error, ERROR, {"kind": {}}),
        (read_error, ERROR, {"kind": "limit", "limit": "patience"}),
        (read_error, ERROR, {"kind": "limit", "limit": ["pixels"]}),
        (read_error, ERROR, {"problem": None}),
        (messages.warnings_in, INFO, {"warnings": "text"}),
        (messages.warnings_in, INFO, {"warnings": [1]}),
        (messages.warnings_in, INFO, {"warnings": ["w"] * 21}),
    ],
)
def test_bad_fields_break_the_protocol(read: Callable[[Message], object], good: Message, fields: Message) -> None:
    read(good)
    with pytest.raises(ProtocolError):
        read(good | fields)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from([(messages.info_in, INFO), (read_frame, FRAME), (read_audio, AUDIO), (read_error, ERROR)]),
    st.data(),
)
def test_any_field_is_read_or_breaks_the_protocol(
    case: tuple[Callable[[Message], object], Message], data: st.DataObject
) -> None:
    read, good = case
    fields = data.draw(st.dictionaries(st.sampled_from(sorted(good)), JSON))
    missing = data.draw(st.sets(st.sampled_from(sorted(good)), max_size=2))
    message = {key: value for key, value in (good | fields).items() if key not in missing}
    try:
        result = read(message)
    except ProtocolError:
        return
    assert isinstance(result, MediaInfo | Frame | AudioBlock | str | None)


@given(JSON)
def test_any_warnings_are_read_or_break_the_protocol(value: Any) -> None:
    try:
        texts = messages.warnings_in({"type": "end", "warnings": value})
    except ProtocolError:
        return
    assert all(isinstance(text, str) for text in texts)
