"""Time stamps that are missing, stuck, jumping or lies."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.timeline import Timeline, frame_rate


@dataclass
class Stream:
    time_base: Fraction | None = Fraction(1, 1000)
    average_rate: Fraction | None = Fraction(25)
    guessed_rate: Fraction | None = None
    base_rate: Fraction | None = None
    type: str = "video"


@dataclass
class Packet:
    dts: int | None
    pts: int | None
    is_keyframe: bool = True
    is_discard: bool = False


def timeline(longest: float = 3600.0, stream: Stream | None = None) -> tuple[Timeline, list[str]]:
    warnings: list[str] = []
    return Timeline(cast("Any", stream or Stream()), longest, warnings), warnings


def placed(*stamps: int | None, presented: bool = True) -> list[float]:
    line, _ = timeline()
    return [line.place(cast("Any", Packet(dts, dts if presented else None))) for dts in stamps]


def test_sound_time_stamps_are_kept() -> None:
    line, warnings = timeline()
    packets = [Packet(-40, 40), Packet(0, 160), Packet(40, 80), Packet(80, 120), Packet(120, 240)]
    assert [line.place(cast("Any", packet)) for packet in packets] == pytest.approx([0, 0.12, 0.04, 0.08, 0.2])
    assert [packet.pts for packet in packets] == [40, 160, 80, 120, 240]
    assert line.seconds(80) == pytest.approx(0.04)
    assert line.end == pytest.approx(0.24)
    assert not warnings
    assert not line.broken


def test_what_an_edit_list_cuts_away_comes_before_second_zero() -> None:
    line, _ = timeline()
    cut = [Packet(stamp, stamp, is_discard=True) for stamp in (-80, -40)]
    shown = [Packet(stamp, stamp) for stamp in (0, 40)]
    assert [line.place(cast("Any", packet)) for packet in cut + shown] == pytest.approx([0, 0, 0, 0.04])


def test_missing_time_stamps_follow_from_the_rate() -> None:
    assert placed(None, None, None) == pytest.approx([0, 0.04, 0.08])
    assert placed(1000, None, None, 1120) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_missing_presentation_times_follow_from_the_others() -> None:
    assert placed(10, 50, 90, presented=False) == pytest.approx([0, 0.04, 0.08])
    line, _ = timeline()
    known, key, other = Packet(0, 80), Packet(40, None), Packet(80, None, is_keyframe=False)
    assert [line.place(cast("Any", p)) for p in (known, key, other)] == pytest.approx([0, 0.04, 0.08])
    assert (key.pts, other.pts) == (120, None)


def test_a_new_start_continues_where_the_last_part_ended() -> None:
    assert placed(5000, 5040, 5080, 0, 40, 80) == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2])
    assert placed(0, 40, 10_000_000_000, 10_000_000_040) == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_pause_is_kept() -> None:
    assert placed(0, 40, 600_000) == pytest.approx([0, 0.04, 600])


def test_time_stamps_that_stand_still_go_on_after_a_while() -> None:
    found = placed(*[0] * 200)
    assert found[-1] == pytest.approx((200 - 16) * 0.04)
    assert found == sorted(found)


def test_presentation_far_from_decoding_is_not_believed() -> None:
    line, _ = timeline()
    assert line.place(cast("Any", Packet(0, 0))) == 0
    assert line.place(cast("Any", Packet(40, -(2**60)))) == pytest.approx(0.04)


def test_beyond_the_longest_duration_it_ends() -> None:
    line, _ = timeline(longest=10.0)
    line.place(cast("Any", Packet(0, 0)))
    line.place(cast("Any", Packet(9000, 9000)))
    with pytest.raises(LimitExceeded) as caught:
        line.place(cast("Any", Packet(10_000, 10_000)))
    assert caught.value.limit == "duration"


STAMPS = st.one_of(st.none(), st.integers(-(2**62), 2**62), st.integers(-2000, 20_000))


@given(stamps=st.lists(st.tuples(STAMPS, STAMPS), max_size=120))
def test_any_time_stamps_give_an_end_that_only_grows(stamps: list[tuple[int | None, int | None]]) -> None:
    longest = 1e6
    line, _ = timeline(longest)
    end = 0.0
    for dts, pts in stamps:
        try:
            time = line.place(cast("Any", Packet(dts, pts)))
        except LimitExceeded:
            assert line.end > longest
            return
        assert end <= line.end <= longest
        assert time < line.end
        end = line.end


def test_rates_that_make_no_sense_are_replaced() -> None:
    assert frame_rate(cast("Any", Stream(average_rate=Fraction(10**9)))) == 25.0
    assert frame_rate(cast("Any", Stream(average_rate=None, guessed_rate=Fraction(30)))) == 30.0
    assert frame_rate(cast("Any", Stream(type="audio"))) == 50.0
