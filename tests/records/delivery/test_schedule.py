"""Tries go on for three days, in the first minute when harm goes on; what the receiver asks for is honoured."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.delivery.schedule import (
    JITTER,
    MOST_ASKED_FOR,
    MOST_ASKED_FOR_URGENT,
    STEADY,
    URGENT,
    delay,
    retry_after,
)

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
waits = st.timedeltas(timedelta(0), timedelta(days=400))


@given(st.sampled_from([(False, STEADY), (True, URGENT)]), st.data())
def test_a_wait_is_its_step_and_at_most_a_fifth_more(lane: tuple[bool, tuple[int, ...]], data: st.DataObject) -> None:
    urgent, steps = lane
    tries = data.draw(st.integers(0, len(steps) - 1))
    wait = delay(tries, urgent=urgent)
    assert wait is not None
    assert steps[tries] <= wait.total_seconds() <= steps[tries] * (1 + JITTER)


@pytest.mark.parametrize(("urgent", "steps"), [(False, STEADY), (True, URGENT)])
def test_after_the_last_step_it_is_given_up(urgent: bool, steps: tuple[int, ...]) -> None:
    assert delay(len(steps) - 1, urgent=urgent) is not None
    assert delay(len(steps), urgent=urgent) is None


def test_what_ends_harm_is_tried_often_in_the_first_minute_and_as_long_as_the_rest() -> None:
    assert sum(URGENT[:9]) <= 60
    assert sum(URGENT) >= sum(STEADY) - 600
    assert timedelta(days=3) <= timedelta(seconds=sum(STEADY)) * (1 + JITTER) <= timedelta(days=4)


@given(st.integers(0, len(STEADY) - 1), waits)
def test_what_is_asked_for_is_honoured_within_bounds(tries: int, asked: timedelta) -> None:
    steady = delay(tries, urgent=False, asked_for=asked)
    urgent = delay(tries, urgent=True, asked_for=asked)
    assert steady is not None
    assert urgent is not None
    assert steady >= min(asked, MOST_ASKED_FOR)
    assert steady <= max(MOST_ASKED_FOR, timedelta(seconds=STEADY[tries]) * (1 + JITTER))
    assert urgent >= min(asked, MOST_ASKED_FOR_URGENT)
    assert urgent <= max(MOST_ASKED_FOR_URGENT, timedelta(seconds=URGENT[tries]) * (1 + JITTER))


@given(st.integers(0, 10**9 - 1))
def test_seconds_are_read(seconds: int) -> None:
    assert retry_after(f" {seconds} ", at=AT) == timedelta(seconds=min(seconds, 10**8))


@given(waits)
def test_a_date_is_read(wait: timedelta) -> None:
    whole = timedelta(seconds=int(wait.total_seconds()))
    assert retry_after(format_datetime(AT + whole, usegmt=True), at=AT) == whole


def test_a_date_that_is_past_is_now() -> None:
    assert retry_after("Wed, 25 Nov 2026 11:00:00 GMT", at=AT) == timedelta(0)


@given(st.text(max_size=40))
def test_nothing_breaks_on_what_makes_no_sense(value: str) -> None:
    read = retry_after(value, at=AT)
    assert read is None or read >= timedelta(0)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "\u0665"])
def test_what_makes_no_sense_is_none(value: str | None) -> None:
    assert retry_after(value, at=AT) is None


def test_digits_without_end_are_cut() -> None:
    assert retry_after("9" * 5000, at=AT) == timedelta(seconds=10**8)
