import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.errors import SignalError
from firebreak.engine.signals import vpdq
from firebreak.engine.signals.vpdq.formats import MAX_FRAMES, FrameCode

A, B = "0123456789abcdef" * 4, "f" * 64

FRAMES = st.lists(
    st.builds(
        FrameCode,
        st.integers(0, 10**9 - 1),
        st.integers(0, 100),
        st.text("0123456789abcdef", min_size=64, max_size=64),
        st.integers(0, 10**11).map(lambda ms: ms / 1000),
    ),
    min_size=1,
    max_size=20,
)


def renumbered(frames: list[FrameCode]) -> list[FrameCode]:
    return [replace(frame, number=i) for i, frame in enumerate(frames)]


@given(FRAMES, st.sampled_from(["\n", "\r\n", "\n\n", " \r\n"]), st.booleans())
def test_lines_come_back_as_they_went(frames: list[FrameCode], ending: str, trailing: bool) -> None:
    text = vpdq.write_lines(frames).replace("\n", ending)
    text = text if trailing else text.rstrip()
    assert vpdq.read(text) == vpdq.read_lines(text) == frames
    assert vpdq.write_lines(vpdq.read(text)) == vpdq.write_lines(frames)


@given(FRAMES, st.sampled_from([None, 0, 4]))
def test_json_comes_back_as_it_went(frames: list[FrameCode], indent: int | None) -> None:
    text = json.dumps(json.loads(vpdq.write_json(frames)), indent=indent)
    assert vpdq.read(f"\r\n {text}\n") == vpdq.read_json(text) == renumbered(frames)


@given(FRAMES)
def test_what_tx_writes_is_good_to_three_digits(frames: list[FrameCode]) -> None:
    for ours, theirs in zip(renumbered(frames), vpdq.read(vpdq.write_tx(frames)), strict=True):
        assert replace(theirs, seconds=ours.seconds) == ours
        assert theirs.seconds == pytest.approx(ours.seconds, rel=0.006)


def test_is_what_the_peers_write() -> None:
    frames = [FrameCode(0, 100, A, 0.0), FrameCode(37035, 7, B, 1234.5)]
    assert vpdq.write_lines(frames) == f"0,100,{A},0.000\n37035,7,{B},1234.500\n"
    assert vpdq.write_tx(frames) == f'["{A},100,0.0", "{B},7,1.23e+03"]'
    assert vpdq.write_json(frames) == f'["{A},100,0.000", "{B},7,1234.500"]'


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("0.0", 0.0), ("-0.000", 0.0), ("7.", 7.0), ("1.23e+03", 1230.0), ("5E-05", 5e-05), (" 12.5 ", 12.5)],
)
def test_timestamps_come_in_many_spellings(text: str, seconds: float) -> None:
    (by_line,) = vpdq.read(f"1,50,{A},{text}")
    (by_entry,) = vpdq.read(json.dumps([f"{A},50,{text}"]))
    assert (by_line.seconds, by_entry.seconds) == (seconds, seconds)
    assert not str(by_line.seconds).startswith("-")


def test_codes_come_in_capitals_too() -> None:
    assert vpdq.read(f"1,50,{A.upper()},0")[0].code == A


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"1,50,{A}", "has 3 fields"),
        (f"1,50,{A},0.0,9", "has 5 fields"),
        (f"-1,50,{A},0.0", "frame number '-1' is out of range"),
        (f"x,50,{A},0.0", "frame number 'x' is out of range"),
        (f"{10**30},50,{A},0.0", "is out of range"),
        (f"1,101,{A},0.0", "quality '101' is out of range"),
        (f"1,5.5,{A},0.0", "quality '5.5' is out of range"),
        (f"1,,{A},0.0", "quality '' is out of range"),
        (f"1,\N{ARABIC-INDIC DIGIT FIVE},{A},0.0", "is out of range"),
        (f"1,50,{A[1:]},0.0", "has 63 characters"),
        (f"1,50,{'g' * 64},0.0", "has other characters"),
        (f"1,50,{A},-1.5", "'-1.5' is no timestamp"),
        (f"1,50,{A},nan", "'nan' is no timestamp"),
        (f"1,50,{A},inf", "'inf' is no timestamp"),
        (f"1,50,{A},1e999", "'1e999' is no timestamp"),
        (f"1,50,{A},1e9", "'1e9' is no timestamp"),
        (f"1,50,{A},0x10", "'0x10' is no timestamp"),
        (f"1,50,{A},1_0", "'1_0' is no timestamp"),
        (f"1,50,{A},{'9' * 5000}", "is no timestamp"),
        ("\0", "has 1 fields"),
        ("\ud800", "has 1 fields"),
    ],
)
def test_a_bad_line_is_named(line: str, problem: str) -> None:
    with pytest.raises(SignalError) as refusal:
        vpdq.read(f"0,100,{A},0.000\r\n\r\n{line}\r\n")
    assert refusal.value.problem.startswith("line 3: ")
    assert problem in refusal.value.problem
    assert "expected" in refusal.value.remedy or "is 64 hexadecimal digits" in refusal.value.remedy
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (7, "entry 2 is a int"),
        (None, "entry 2 is a NoneType"),
        ([A, 100, 0.0], "entry 2 is a list"),
        (f"{A},50", "entry 2: .* has 2 fields"),
        (f"1,50,{A},0.0", "entry 2: .* has 4 fields"),
        (f"50,{A},0.0", "entry 2: .* is out of range"),
        (f"{A},50,later", "entry 2: 'later' is no timestamp"),
        (f"{A[1:]},50,0.0", "entry 2: .* has 63 characters"),
    ],
)
def test_a_bad_entry_is_named(entry: object, problem: str) -> None:
    with pytest.raises(SignalError, match=problem):
        vpdq.read(json.dumps([f"{A},100,0.0", entry]))


@pytest.mark.parametrize("text", ["", "\n \r\n", "[]", "[\n]"])
def test_an_empty_one_says_nothing(text: str) -> None:
    with pytest.raises(SignalError, match="no picture in it"):
        vpdq.read(text)


@pytest.mark.parametrize("text", ["[", "[" * 100_000, '["a",]', "[1e5000", "[NaN", '["\\ud800'])
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(SignalError, match="not JSON"):
        vpdq.read(text)


def test_json_that_is_no_list_is_refused() -> None:
    with pytest.raises(SignalError, match="the JSON is a dict; expected a list"):
        vpdq.read_json("{}")


def test_there_is_an_end_to_it() -> None:
    line = f"0,100,{A},0\n"
    assert len(vpdq.read(line * 1000)) == 1000
    with pytest.raises(SignalError, match=f"at most {MAX_FRAMES}"):
        vpdq.read(line * (MAX_FRAMES + 1))
    with pytest.raises(SignalError, match=f"at most {MAX_FRAMES}"):
        vpdq.read(" " * (200 * MAX_FRAMES))


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for candidate in (text, f"[{text}]", json.dumps([text])):
        with pytest.raises(SignalError):
            vpdq.read(candidate)
