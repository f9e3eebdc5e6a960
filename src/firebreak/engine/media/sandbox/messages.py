"""What a child may say, checked field by field: a child that a file has taken over says anything."""

import re

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.reports import MAX_WARNINGS, printable
from firebreak.engine.media.sandbox.ring import SAMPLES_PER_SLOT, SLOT_BYTES, SLOTS, RingReader
from firebreak.engine.media.sandbox.wire import Message, ProtocolError
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

_LARGEST_SIDE = 2**31 - 1
_LONGEST = 1e12  # seconds; a header may declare nonsense, but a number
_CONTAINER = re.compile(r"[a-z0-9][a-z0-9_,.+-]{0,63}")
HIGHEST_RATE = 768_000
_RANGES = {(16, 235), (0, 255)}  # black and white


def info_in(message: Message) -> MediaInfo:
    """Raises ProtocolError, as all functions here."""
    _require_type(message, "info")
    kind, container = message.get("kind"), message.get("container")
    if kind not in ("image", "video", "audio"):
        raise ProtocolError("it named an unknown kind of media")
    if not isinstance(container, str) or not _CONTAINER.fullmatch(container):
        raise ProtocolError("it named an impossible container")
    return MediaInfo(
        kind=kind,
        container=container,
        width=_integer(message, "width", 0, _LARGEST_SIDE),
        height=_integer(message, "height", 0, _LARGEST_SIDE),
        duration=None if message.get("duration") is None else _number(message, "duration", 0.0),
        has_audio=_flag(message, "has_audio"),
    )


def frame_in(message: Message, ring: RingReader) -> tuple[int, Frame]:
    """The slot, to be given back, and the frame that lies in it."""
    _require_type(message, "frame")
    slot = _integer(message, "slot", 0, SLOTS - 1)
    height = _integer(message, "height", 1, SLOT_BYTES)
    width = _integer(message, "width", 1, SLOT_BYTES // height)
    black, white = _integer(message, "black", 0, 255), _integer(message, "white", 0, 255)
    if (black, white) not in _RANGES:
        raise ProtocolError("it named an unknown range of luma")
    time = _number(message, "time", -_LONGEST)
    return slot, Frame(time, ring.luma(slot, height, width), black, white, _flag(message, "keyframe"))


def audio_in(message: Message, ring: RingReader) -> tuple[int, AudioBlock]:
    """The slot, to be given back, and a block with a copy of the samples in it."""
    _require_type(message, "audio")
    slot = _integer(message, "slot", 0, SLOTS - 1)
    rate = _integer(message, "rate", 1, HIGHEST_RATE)
    count = _integer(message, "count", 0, SAMPLES_PER_SLOT)
    return slot, AudioBlock(_number(message, "time", -_LONGEST), rate, ring.samples(slot, count))


def raise_error_in(message: Message) -> None:
    """Raise the MediaError that an error message stands for; messages of other types pass."""
    if message.get("type") != "error":
        return
    limit, kind = message.get("limit"), message.get("kind")
    problem, remedy = _text(message, "problem"), _text(message, "remedy")
    if kind == "unreadable":
        raise UnreadableMedia(problem, remedy)
    if kind == "failed":
        raise DecoderFailed(problem, remedy)
    if kind == "limit" and isinstance(limit, str) and limit in Limits.__dataclass_fields__:
        raise LimitExceeded(limit, problem, remedy)
    raise ProtocolError("it reported an unknown kind of error")


def warnings_in(message: Message) -> list[str]:
    """The sentences under "warnings", printable and bounded in number and length."""
    warnings = message.get("warnings", [])
    if not isinstance(warnings, list) or len(warnings) > MAX_WARNINGS:
        raise ProtocolError("its warnings are not a short list")
    if not all(isinstance(text, str) for text in warnings):
        raise ProtocolError("its warnings are not text")
    return [printable(text) for text in warnings]


def _require_type(message: Message, wanted: str) -> None:
    if message.get("type") != wanted:
        raise ProtocolError(f"it sent something else where {wanted} was due")


def _text(message: Message, key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str):
        raise ProtocolError(f"it gave an impossible {key}")
    return printable(value)


def _integer(message: Message, key: str, least: int, most: int) -> int:
    value = message.get(key)
    if type(value) is not int or not least <= value <= most:
        raise ProtocolError(f"it gave an impossible {key}")
    return value


def _number(message: Message, key: str, least: float) -> float:
    value = message.get(key)
    if isinstance(value, int | float) and least <= value <= _LONGEST:
        return float(value)
    raise ProtocolError(f"it gave an impossible {key}")


def _flag(message: Message, key: str) -> bool:
    value = message.get(key)
    if not isinstance(value, bool):
        raise ProtocolError(f"it gave an impossible {key}")
    return value
