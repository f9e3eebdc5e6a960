"""What comes out of a child is what the decoder gave, and what goes wrong costs one file."""

import itertools
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.sandbox.ring import SLOT_BYTES, SLOTS
from firebreak.engine.media.source import Frame
from tests.engine.media.sandbox import openers
from tests.engine.media.sandbox.openers import file

MakePool = Callable[..., DecoderPool]


def frames_of(pool: DecoderPool, content: bytes) -> int:
    with pool.open(content) as source:
        return sum(1 for _ in source.frames())


def described(frame: Frame) -> tuple[object, ...]:
    return frame.time, frame.black, frame.white, frame.keyframe, frame.luma.shape, frame.luma.tobytes()


@pytest.mark.parametrize("turned", [False, True])
def test_frames_are_those_of_the_decoder(pool: DecoderPool, turned: bool) -> None:
    here = openers.Clip(frame_count=20, height=90, width=50, turned=turned)
    with pool.open(file("clip", frame_count=20, height=90, width=50, turned=turned)) as there:
        assert there.info == here.info
        pairs = [
            (here.frames(1.0, 4.0, 0.5), there.frames(1.0, 4.0, 0.5)),
            (here.frames(), there.frames()),
            (here.sparse_frames(2.0), there.sparse_frames(2.0)),
        ]
        for wanted, given in pairs:
            assert [described(frame) for frame in given] == [described(frame) for frame in wanted]


def test_a_frame_cannot_be_written_to(pool: DecoderPool) -> None:
    with pool.open(file("clip")) as source:
        frame = next(source.frames())
        with pytest.raises(ValueError, match="read-only"):
            frame.luma[0, 0] = 1


@pytest.mark.parametrize("block", [1, 3])
def test_sound_is_that_of_the_decoder(pool: DecoderPool, block: int) -> None:
    # Blocks of three seconds are larger than a slot and cross in pieces.
    rate = 700_000
    with pool.open(file("clip", seconds_of_sound=6, block=block)) as there:
        given = list(there.audio(rate))
        assert there.info.has_audio
    wanted = list(openers.Clip(seconds_of_sound=6, block=block).audio(rate))
    assert all(block.samples.nbytes <= SLOT_BYTES and block.rate == rate for block in given)
    samples = [np.concatenate([block.samples for block in blocks]) for blocks in (given, wanted)]
    assert np.array_equal(samples[0], samples[1])
    starts = np.cumsum([0, *(block.samples.size for block in given[:-1])]) / rate
    assert [block.time for block in given] == pytest.approx(starts)


def test_pictures_larger_than_a_slot_are_reduced(pool: DecoderPool) -> None:
    with pool.open(file("clip", frame_count=1, height=2500, width=2000)) as source:
        (luma,) = [frame.luma.copy() for frame in source.frames()]
        assert (source.info.height, source.info.width) == (2500, 2000)
    boxes = openers.picture(0, 2500, 2000).reshape(1250, 2, 1000, 2).mean(axis=(1, 3))
    assert np.array_equal(luma, np.floor(boxes + 0.5))


def test_warnings_come_at_the_opening_and_at_the_end_of_a_stream(pool: DecoderPool) -> None:
    with pool.open(file("clip", seconds_of_sound=1, warnings=["no index \x1b[31m"])) as source:
        assert source.warnings == ["no index ?[31m"]
        list(source.audio())
        assert source.warnings == ["no index ?[31m", "the sound is over"]


def test_many_warnings_are_summed_up(pool: DecoderPool) -> None:
    with pool.open(file("clip", warnings=["\U0001f525" * 5000] * 300)) as source:
        assert len(source.warnings) == 20
        assert {len(warning) for warning in source.warnings[:-1]} == {500}
        assert source.warnings[-1] == "and 281 more warnings"


class TestIterators:
    def test_may_be_abandoned_at_any_point(self, pool: DecoderPool) -> None:
        for taken in range(2 * SLOTS):
            with pool.open(file("clip", frame_count=100)) as source:
                assert len(list(itertools.islice(source.frames(), taken))) == taken
                assert len(list(itertools.islice(source.frames(), taken))) == taken
                assert [frame.time for frame in source.sparse_frames(1.0)] == list(range(100))
                next(source.frames())

    def test_of_one_file_end_each_other(self, pool: DecoderPool) -> None:
        with pool.open(file("clip", seconds_of_sound=2)) as source:
            frames = source.frames()
            next(frames)
            assert len(list(source.audio())) == 2
            with pytest.raises(ValueError, match="another iterator"):
                next(frames)

    def test_end_with_their_file(self, pool: DecoderPool) -> None:
        with pool.open(file("clip")) as source:
            frames = source.frames()
            next(frames)
        with pytest.raises(ValueError, match="closed"):
            next(frames)
        with pytest.raises(ValueError, match="closed"):
            next(source.frames())

    def test_take_no_nonsense(self, pool: DecoderPool) -> None:
        with pool.open(file("clip")) as source:
            for ask in (
                lambda: source.frames(step=-0.1),
                lambda: source.frames(start=float("nan")),
                lambda: source.frames(end=float("nan")),
                lambda: source.sparse_frames(float("nan")),
                lambda: source.audio(0),
            ):
                with pytest.raises(ValueError, match="must"):
                    ask()

    def test_take_infinite_gaps_and_ends(self, pool: DecoderPool) -> None:
        with pool.open(file("clip", frame_count=2)) as source:
            assert len(list(source.sparse_frames(float("inf")))) == 2
            assert len(list(source.frames(end=float("inf"), step=float("inf")))) == 2


class TestErrors:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [("unreadable", UnreadableMedia), ("limit", LimitExceeded), ("failed", DecoderFailed), ("bug", DecoderFailed)],
    )
    @pytest.mark.parametrize("frame", [None, 2])
    def test_of_the_decoder_cross(
        self, pool: DecoderPool, kind: str, expected: type[MediaError], frame: int | None
    ) -> None:
        given: list[float] = []
        with (
            pytest.raises(expected, match="for a test"),
            pool.open(file("raises", kind=kind, frame=frame)) as source,
        ):
            given.extend(frame.time for frame in source.frames())
        assert given == [0.25 * number for number in range(frame or 0)]

    def test_keep_their_details(self, pool: DecoderPool) -> None:
        with pytest.raises(UnreadableMedia) as unreadable, pool.open(file("raises", kind="unreadable")):
            pass
        assert unreadable.value.remedy == "try another"
        with pytest.raises(LimitExceeded) as exceeded, pool.open(file("raises", kind="limit")):
            pass
        assert exceeded.value.limit == "pixels"

    def test_of_any_length_and_letter_become_a_clear_line(self, pool: DecoderPool) -> None:
        text = "\x00\n\x1b]0;title\x07" + "\U0001f525" * 100_000
        with pytest.raises(DecoderFailed) as failed, pool.open(file("raises", kind="bug", text=text)):
            pass
        assert failed.value.problem.isprintable()
        assert len(failed.value.problem) == 500

    def test_leave_the_child_in_place(self, make_pool: MakePool) -> None:
        pool = make_pool()
        frames_of(pool, file("clip"))
        child = child_of(pool)
        for frame in (None, 2):
            with pytest.raises(UnreadableMedia), pool.open(file("raises", kind="unreadable", frame=frame)) as source:
                list(source.frames())
        assert frames_of(pool, file("clip")) == 3
        assert child_of(pool) == child

    def test_end_an_iterator_but_not_the_file(self, pool: DecoderPool) -> None:
        with pool.open(file("raises", kind="unreadable", frame=2)) as source:
            for _ in range(2):
                with pytest.raises(UnreadableMedia):
                    list(source.frames())


def child_of(pool: DecoderPool) -> int:
    child = pool._seats[0].child
    assert child is not None
    return child.result().pid


class TestAChildThatDies:
    @pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (11, "SIGSEGV"), (6, "SIGABRT"), (40, "signal 40")])
    def test_costs_one_file_an_error_that_names_the_signal(self, make_pool: MakePool, number: int, name: str) -> None:
        pool = make_pool()
        with (
            pytest.raises(DecoderFailed, match=f"ended by {name}"),
            pool.open(file("dies", signal_number=number)) as source,
        ):
            list(source.frames())
        assert frames_of(pool, file("clip")) == 3

    def test_by_a_wild_pointer(self, make_pool: MakePool) -> None:
        pool = make_pool()
        with pytest.raises(DecoderFailed, match="SIGSEGV"), pool.open(file("crashes")) as source:
            list(source.frames())
        assert frames_of(pool, file("clip")) == 3

    def test_by_leaving(self, make_pool: MakePool) -> None:
        pool = make_pool()
        with pytest.raises(DecoderFailed, match="status 3"), pool.open(file("leaves", status=3)):
            pass
        assert frames_of(pool, file("clip")) == 3

    def test_is_dead_for_the_rest_of_its_file(self, make_pool: MakePool) -> None:
        with make_pool().open(file("dies", signal_number=signal.SIGKILL)) as source:
            for _ in range(2):
                with pytest.raises(DecoderFailed, match="SIGKILL"):
                    list(source.frames())

    def test_between_two_files_is_replaced_unseen(self, make_pool: MakePool) -> None:
        pool = make_pool()
        frames_of(pool, file("clip"))
        signal_and_wait(pool)
        assert frames_of(pool, file("clip")) == 3

    def test_of_a_file_nobody_waits_for_is_replaced_unseen(self, make_pool: MakePool) -> None:
        pool = make_pool()
        with pool.open(file("dies", signal_number=signal.SIGSEGV)) as source:
            next(source.frames())
        assert frames_of(pool, file("clip")) == 3


def signal_and_wait(pool: DecoderPool) -> None:
    started = pool._seats[0].child
    assert started is not None
    child = started.result()
    child._process.kill()
    child._process.wait()


class TestLimits:
    @pytest.mark.parametrize("frame", [0, 2])
    def test_on_processor_time_end_a_loop(self, make_pool: MakePool, frame: int) -> None:
        pool = make_pool(cpu_seconds=0.5)
        with (
            pytest.raises(LimitExceeded, match=r"0\.5 s of processor time") as caught,
            pool.open(file("spins", frame=frame)) as source,
        ):
            list(source.frames())
        assert caught.value.limit == "cpu_seconds"
        assert frames_of(pool, file("clip")) == 3

    def test_on_waiting_end_a_hang(self, make_pool: MakePool) -> None:
        pool = make_pool(wall_seconds=0.3)
        with (
            pytest.raises(LimitExceeded, match=r"longer than the 0\.3 s") as caught,
            pool.open(file("sleeps", frame=2)) as source,
        ):
            list(source.frames())
        assert caught.value.limit == "wall_seconds"
        assert frames_of(pool, file("clip")) == 3

    def test_on_waiting_leave_the_parent_its_time(self, make_pool: MakePool) -> None:
        with make_pool(wall_seconds=0.5).open(file("clip", frame_count=12)) as source:
            for _ in source.frames():
                threading.Event().wait(0.06)

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_on_memory_end_a_hoard(self, make_pool: MakePool, wrapped: bool) -> None:
        pool = make_pool(memory=300 * 2**20)
        assert frames_of(pool, file("hoards", mebibytes=250)) == 3
        with (
            pytest.raises(LimitExceeded, match="300 MiB") as caught,
            pool.open(file("hoards", mebibytes=320, wrapped=wrapped)),
        ):
            pass
        assert caught.value.limit == "memory"
        assert frames_of(pool, file("hoards", mebibytes=250)) == 3

    def test_on_memory_are_each_files_own(self, make_pool: MakePool) -> None:
        pool = make_pool(memory=100 * 2**20)
        assert [frames_of(pool, file("litters", mebibytes=40)) for _ in range(9)] == [3] * 9

    def test_on_frames_end_an_endless_stream(self, make_pool: MakePool) -> None:
        pool = make_pool(frames=30)
        with pytest.raises(LimitExceeded, match="30 frames") as caught, pool.open(file("endless")) as source:
            list(source.frames())
        assert caught.value.limit == "frames"
        assert frames_of(pool, file("clip")) == 3

    def test_on_duration_end_endless_sound(self, make_pool: MakePool) -> None:
        pool = make_pool(duration=5.0)
        with (
            pytest.raises(LimitExceeded, match="more sound than the 5 s") as caught,
            pool.open(file("deafening")) as source,
        ):
            list(source.audio(100))
        assert caught.value.limit == "duration"


class TestThreads:
    def test_share_a_pool(self, make_pool: MakePool) -> None:
        pool = make_pool(size=2)
        pool.warm()

        def work(number: int) -> tuple[int, int]:
            with pool.open(file("clip", frame_count=number % 7 + 1, height=number % 13 + 1)) as source:
                frames = [frame.luma.copy() for frame in source.frames()]
            same = all(
                np.array_equal(luma, openers.picture(index, number % 13 + 1, 64)) for index, luma in enumerate(frames)
            )
            return len(frames), same

        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(work, range(200)))
        assert results == [(number % 7 + 1, True) for number in range(200)]

    def test_share_a_pool_with_files_that_kill(self, make_pool: MakePool) -> None:
        pool = make_pool(size=2)

        def work(number: int) -> str:
            deadly = number % 8 == 3
            content = file("dies", signal_number=signal.SIGKILL) if deadly else file("clip")
            try:
                return str(frames_of(pool, content))
            except DecoderFailed:
                return "failed"

        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(work, range(24)))
        assert results == ["failed" if number % 8 == 3 else "3" for number in range(24)]


def test_a_child_is_replaced_after_its_share_of_files(make_pool: MakePool) -> None:
    pool = make_pool(files_per_child=3)
    children = []
    for _ in range(7):
        with pool.open(file("clip")) as source:
            children.append(child_of(pool))
            assert len(list(source.frames())) == 3
    assert [len(list(group)) for _, group in itertools.groupby(children)] == [3, 3, 1]


def test_decoders_that_cannot_load_are_told() -> None:
    with DecoderPool(opener="tests.no_such_module") as pool:
        for _ in range(2):
            with (
                pytest.raises(DecoderFailed, match=r"cannot start: .*No module named"),
                pool.open(b"x"),
            ):
                pass


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_limits_that_limit_nothing_are_refused(make_pool: MakePool, value: float) -> None:
    with pytest.raises(ValueError, match="wall_seconds"):
        make_pool(wall_seconds=value)


def test_a_pool_of_none_is_refused(make_pool: MakePool) -> None:
    with pytest.raises(ValueError, match="at least one"):
        make_pool(size=0)
