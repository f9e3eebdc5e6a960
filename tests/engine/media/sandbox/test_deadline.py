"""Whoever has no more time gets no answer, and leaves no seat taken; whoever finds no seat hears of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from firebreak.engine.errors import PoolBusy, ScanDeadline
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.sandbox.remote import RemoteSource
from tests.engine.media.sandbox.openers import file

MakePool = Callable[..., DecoderPool]


def read(pool: DecoderPool, content: bytes, deadline: float | None = None) -> int:
    with pool.open(content, deadline=deadline) as source:
        return sum(1 for _ in source.frames())


def child_of(pool: DecoderPool) -> int:
    child = pool._seats[0].child
    assert child is not None
    return child.result().pid


@pytest.mark.parametrize("does", ["sleeps", "spins"])
def test_a_decoder_that_is_still_at_a_frame_is_given_up(make_pool: MakePool, does: str) -> None:
    pool = make_pool()
    assert read(pool, file("clip")) == 3
    first = child_of(pool)
    with pytest.raises(ScanDeadline, match="time for this scan is over"):
        read(pool, file(does, frame=1), time.monotonic() + 0.2)
    assert read(pool, file("clip")) == 3
    assert child_of(pool) != first


def test_between_frames_the_decoder_stays(make_pool: MakePool) -> None:
    pool = make_pool()
    with pool.open(file("clip", frame_count=100)) as source:
        frames = source.frames()
        next(frames)
        assert isinstance(source, RemoteSource)
        source._deadline = time.monotonic()
        first = child_of(pool)
        with pytest.raises(ScanDeadline):
            next(frames)
    assert read(pool, file("clip")) == 3
    assert child_of(pool) == first


def test_a_decoder_that_is_still_starting_goes_on(make_pool: MakePool) -> None:
    pool = make_pool()
    with pytest.raises(ScanDeadline):
        read(pool, file("clip"), time.monotonic())
    first = child_of(pool)
    assert read(pool, file("clip"), time.monotonic() + 60) == 3
    assert child_of(pool) == first


def test_a_full_pool_is_waited_for_no_longer_than_asked(make_pool: MakePool) -> None:
    pool = make_pool()
    with pool.open(file("clip")):
        with pytest.raises(PoolBusy, match=r"all 1 decoders were busy for 0\.01 s"), pool.open(b"x", wait=0.01):
            pass
        with pytest.raises(ScanDeadline), pool.open(b"x", deadline=time.monotonic() + 0.01):
            pass
        with pytest.raises(ScanDeadline), pool.open(b"x", deadline=time.monotonic() + 0.01, wait=60):
            pass
    with pool.open(file("clip"), wait=0) as source:
        assert len(list(source.frames())) == 3


def test_no_seat_is_lost_to_deadlines(make_pool: MakePool) -> None:
    pool = make_pool(size=2)

    def work(number: int) -> str:
        try:
            return str(read(pool, file("sleeps" if number % 3 else "clip"), time.monotonic() + 0.1 * (number % 4)))
        except ScanDeadline:
            return "late"

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(work, range(24))) <= {"3", "late"}
    assert len(pool._free) == 2
    assert [read(pool, file("clip")) for _ in range(3)] == [3] * 3
