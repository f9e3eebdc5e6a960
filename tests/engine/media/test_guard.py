"""What the libraries raise becomes one of our errors."""

import pickle
import struct

import av.error
import pytest

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, UnreadableMedia
from firebreak.engine.media.guard import DECODER_ERRORS, decoding, note, reason


@pytest.mark.parametrize(
    "error",
    [
        av.error.InvalidDataError(1094995529, "Invalid data found when processing input"),
        OSError(5, "Input/output error"),
        struct.error("unpack requires a buffer"),
        SyntaxError("not a TIFF file"),
        ValueError("x"),
        EOFError(),
        IndexError(),
        KeyError("iinf"),
        ZeroDivisionError(),
        OverflowError(),
        AssertionError(),
        RuntimeError(),
    ],
)
def test_errors_of_decoders_are_unreadable_media(error: Exception) -> None:
    with pytest.raises(UnreadableMedia, match=r"^the video cannot be decoded") as caught, decoding("the video"):
        raise error
    assert caught.value.__cause__ is error
    assert isinstance(error, DECODER_ERRORS)


@pytest.mark.parametrize("error", [MemoryError(), av.error.MemoryError(12, "Cannot allocate memory")])
def test_memory_that_runs_out_is_a_limit(error: Exception) -> None:
    with pytest.raises(LimitExceeded) as caught, decoding("the video"):
        raise error
    assert caught.value.limit == "memory"


def test_our_errors_and_bugs_pass() -> None:
    with pytest.raises(DecoderFailed), decoding("the video"):
        raise DecoderFailed("it died")
    with pytest.raises(ImportError), decoding("the video"):
        raise ImportError


def test_reasons_are_one_short_line() -> None:
    assert reason(ValueError("first\nsecond")) == "first"
    assert reason(OSError(2, "No such file", "/secret/name")) == "No such file"
    assert reason(EOFError()) == "EOFError"
    assert len(reason(ValueError("x" * 1000))) == 120


def test_warnings_are_noted_once() -> None:
    warnings: list[str] = []
    for text in ("a", "b", "a"):
        note(warnings, text)
    assert warnings == ["a", "b"]


def test_limits_survive_the_way_between_processes() -> None:
    error = LimitExceeded("pixels", "it is too large", "scale it down")
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, LimitExceeded)
    assert (copy.limit, copy.problem, copy.remedy) == ("pixels", "it is too large", "scale it down")
    assert str(copy) == "it is too large; scale it down"
