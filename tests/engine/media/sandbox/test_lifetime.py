"""Children live as long as their pool and their parent, no longer, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from firebreak.engine.media.errors import DecoderFailed, MediaError
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests.engine.media.sandbox import openers
from tests.engine.media.sandbox.openers import file

MakePool = Callable[..., DecoderPool]
ROOT = Path(__file__).parents[4]


def held() -> tuple[int, int, int]:
    """Descriptors, child processes and mappings of shared memory of this process."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    children = psutil.Process().children()
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return descriptors, len(children), maps.count("firebreak-frames")


def child_of(pool: DecoderPool) -> int:
    started = pool._seats[0].child
    assert started is not None
    return started.result().pid


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def ended(process: psutil.Process) -> bool:
    """Gone, or only waiting for its new parent to take note."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def read(pool: DecoderPool, content: bytes) -> int:
    with pool.open(content) as source:
        return sum(1 for _ in source.frames())


def test_nothing_is_left_of_a_pool(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(file("clip"))
    before = held()
    with DecoderPool(size=2, opener=openers.NAME, files_per_child=150) as pool:
        read(pool, file("clip"))
        during = held()
        for number in range(50):
            read(pool, file("clip"))
            with pytest.raises(MediaError):
                read(pool, file("raises", kind="bug", frame=1))
            with pool.open(path) as source:
                next(source.frames())
            with pytest.raises(MediaError):
                read(pool, b"no JSON")
            if number == 25:
                with pytest.raises(DecoderFailed):
                    read(pool, file("dies", signal_number=signal.SIGKILL))
        read(pool, file("clip"))
        assert held() == during
    assert held() == before


def test_a_pool_that_was_only_warmed_leaves_nothing() -> None:
    before = held()
    with DecoderPool(size=2, opener=openers.NAME) as pool:
        pool.warm()
    assert held() == before


def test_a_frame_outlives_its_pool(make_pool: MakePool) -> None:
    pool = make_pool()
    with pool.open(file("clip")) as source:
        frame = next(source.frames())
    pool.close()
    assert frame.luma.shape == (48, 64)
    assert int(frame.luma.sum()) > 0


def test_warm_starts_all_children_without_waiting(make_pool: MakePool) -> None:
    pool = make_pool(size=2)
    pool.warm()
    seats = pool._seats
    assert soon(lambda: all(seat.child is not None and seat.child.done() for seat in seats))
    first = child_of(pool)
    assert read(pool, file("clip")) == 3
    assert child_of(pool) == first


def test_children_outlive_the_threads_that_use_them(make_pool: MakePool) -> None:
    pool = make_pool()
    children = []

    def work() -> None:
        read(pool, file("clip"))
        children.append(child_of(pool))

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(children) == 3
    assert len(set(children)) == 1


class TestAClosedPool:
    def test_opens_nothing(self, make_pool: MakePool) -> None:
        pool = make_pool()
        pool.close()
        pool.close()
        with pytest.raises(DecoderFailed, match="closed"):
            read(pool, file("clip"))

    def test_wakes_those_who_wait_and_fails_those_who_read(self, make_pool: MakePool) -> None:
        pool = make_pool()
        outcomes: list[str] = []
        reading = threading.Event()

        def work(content: bytes) -> None:
            try:
                with pool.open(content) as source:
                    reading.set()
                    list(source.frames())
            except DecoderFailed as error:
                outcomes.append(error.problem)

        reader = threading.Thread(target=work, args=(file("sleeps"),))
        reader.start()
        assert reading.wait(10)
        waiter = threading.Thread(target=work, args=(file("clip"),))
        waiter.start()
        pool.close()
        for thread in (reader, waiter):
            thread.join(10)
        assert sorted(outcomes) == [
            "the decoder process was ended by SIGKILL",
            "the pool of decoder processes was closed",
        ]


def test_a_pool_does_not_cross_a_fork(make_pool: MakePool) -> None:
    pool = make_pool()
    pool._owner += 1
    with pytest.raises(RuntimeError, match="fork"):
        read(pool, file("clip"))


def test_an_interrupt_in_the_middle_costs_the_child_only(make_pool: MakePool) -> None:
    pool = make_pool()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def read_until_interrupted() -> None:
        with pool.open(file("sleeps", frame=1)) as source:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            list(source.frames())

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            read_until_interrupted()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert read(pool, file("clip")) == 3


PARENT = """
import sys
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests.engine.media.sandbox import openers

with DecoderPool(size=2, opener=openers.NAME) as pool:
    pool.warm()
    print(*[seat.child.result().pid for seat in pool._seats], flush=True)
    if sys.argv[1] == "starting":
        sys.stdin.read()
    with pool.open(openers.file(sys.argv[1])) as source:
        print("open", flush=True)
        list(source.frames())
"""


@pytest.mark.parametrize("doing", ["starting", "spins", "sleeps"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_child_outlives_its_parent(doing: str, number: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, doing]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        if doing != "starting":
            assert parent.stdout.readline() == "open\n"
        assert not any(ended(child) for child in children)
        os.killpg(parent.pid, number)  # as the terminal does on Ctrl-C
        _, errors = parent.communicate(timeout=10)
    assert parent.returncode == -number
    assert soon(lambda: all(ended(child) for child in children))
    assert errors.count("Traceback") <= 1
    assert "ResourceWarning" not in errors


def test_children_share_no_group_or_terminal_with_their_parent(make_pool: MakePool) -> None:
    pool = make_pool()
    read(pool, file("clip"))
    child = child_of(pool)
    assert os.getsid(child) == child
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(child, number)
    assert read(pool, file("clip")) == 3
    assert child_of(pool) == child
