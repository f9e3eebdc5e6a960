"""However late transactions commit, and whatever is built or started meanwhile: what is known is what is committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firebreak.records.banks import builder, operations
from firebreak.records.banks.follower import Follower
from firebreak.records.banks.library import _parameters
from firebreak.records.common.actor import SYSTEM
from tests.records.banks import writers

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 4


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    made = Follower(_parameters, tmp_path)
    yield made
    made.close()


def _bank(name: str = "patterns") -> int:
    return operations.create_bank(name, actor=SYSTEM).pk


@dataclass
class World:
    """Writers under way, and which references are free to be changed by another."""

    bank: int
    connections: list[psycopg.Connection]
    number: int = 0
    free: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    after: dict[int, list[tuple[list[int], int]]] = field(default_factory=dict)

    def add(self, writer: int) -> None:
        self.number += 1
        made = writers.add(self.connections[writer], self.bank, self.number, frames=1 + self.number % 3)
        self._then(writer, self.free, made)

    def remove(self, writer: int) -> None:
        if self.free:
            reference = self.free.pop()
            writers.remove(self.connections[writer], reference)
            self._then(writer, self.gone, reference)

    def restore(self, writer: int) -> None:
        if self.gone:
            reference = self.gone.pop()
            writers.restore(self.connections[writer], reference)
            self._then(writer, self.free, reference)

    def commit(self, writer: int) -> None:
        self.connections[writer].commit()
        for place, reference in self.after.pop(writer, []):
            place.append(reference)

    def rollback(self, writer: int) -> None:
        self.connections[writer].rollback()
        self.after.pop(writer, None)

    def _then(self, writer: int, place: list[int], reference: int) -> None:
        self.after.setdefault(writer, []).append((place, reference))


_VERBS = ["add", "add", "add", "remove", "restore", "commit", "commit", "commit", "rollback"]
_STEPS = st.lists(
    st.tuples(st.sampled_from([*_VERBS, "look", "look", "look", "build", "start"]), st.integers(0, WRITERS - 1)),
    min_size=20,
    max_size=60,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=_STEPS)
def test_nothing_is_missed_and_nothing_stays(steps: list[tuple[str, int]], tmp_path: Path) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(writers.connect()) for _ in range(WRITERS)]
        world = World(_bank(f"bank-{time.monotonic_ns()}"), connections)
        follower = Follower(_parameters, tmp_path)
        stack.callback(lambda: follower.close())  # noqa: PLW0108 - the last one
        for step, writer in steps:
            match step:
                case "look":
                    follower.catch_up()
                    assert writers.held(follower.library) == writers.committed()
                case "build":
                    builder.build_here(tmp_path, _parameters())
                case "start":
                    follower.close()
                    follower = Follower(_parameters, tmp_path)
                case _:
                    getattr(world, step)(writer)
        for writer in range(WRITERS):
            world.commit(writer)
        follower.catch_up()
        assert writers.held(follower.library) == writers.committed()


def test_a_long_transaction_delays_nobody_and_is_seen_when_it_ends(follower: Follower) -> None:
    bank = _bank()
    with writers.connect() as slow, writers.connect() as quick:
        late = writers.add(slow, bank, 1)
        for number in range(2, 12):
            writers.add(quick, bank, number)
            quick.commit()
            follower.catch_up()
            assert len(follower.library) == number - 1
        writers.remove(slow, late)
        writers.restore(slow, late)
        slow.commit()
    follower.catch_up()
    assert writers.held(follower.library) == writers.committed()
    assert len(follower.library) == 11


def test_the_thread_takes_in_a_change_at_once(follower: Follower) -> None:
    bank = operations.create_bank("patterns", actor=SYSTEM)
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=[stop])
    thread.start()
    try:
        _until(lambda: follower.ready)
        operations.add_reference_from_signals(bank, [("pdq", "0f" * 32)], actor=SYSTEM)
        _until(lambda: len(follower.library) == 1)
    finally:
        stop.set()
        thread.join()


def test_the_thread_comes_back_when_its_connection_dies(follower: Follower) -> None:
    bank = _bank()
    stop = threading.Event()
    thread = threading.Thread(target=follower.run, args=[stop])
    thread.start()
    try:
        _until(lambda: follower.ready)
        with writers.connect(autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%banks%' AND pid <> pg_backend_pid() AND datname = current_database()"
            )
            writers.add(other, bank, 1)
        _until(lambda: len(follower.library) == 1)
    finally:
        stop.set()
        thread.join()


def test_a_database_restored_from_a_dump_is_read_anew(follower: Follower) -> None:
    """Numbers of transactions mean nothing in another cluster: some rows claim to come from the future."""
    bank = _bank()
    with writers.connect(autocommit=True) as connection:
        first, second = (writers.add(connection, bank, number) for number in (1, 2))
        follower.catch_up()
        connection.execute("UPDATE banks_reference SET changed_xid = 4000000000000 WHERE id = %s", [first])
        connection.execute("UPDATE banks_reference SET changed_xid = 3, removed_at = now() WHERE id = %s", [second])
        connection.execute("CREATE TABLE restored (LIKE banks_reference INCLUDING ALL)")
        connection.execute("INSERT INTO restored SELECT * FROM banks_reference")
        connection.execute("ALTER TABLE banks_reference RENAME TO before")
        connection.execute("ALTER TABLE restored RENAME TO banks_reference")
        try:
            follower.catch_up()
            assert writers.held(follower.library) == writers.committed()
            writers.remove(connection, first)
            follower.catch_up()
            assert writers.held(follower.library) == writers.committed() == set()
        finally:
            connection.execute("ALTER TABLE banks_reference RENAME TO restored")
            connection.execute("ALTER TABLE before RENAME TO banks_reference")
            connection.execute("DROP TABLE restored")


def test_a_damaged_base_file_is_no_reason_to_miss_anything(follower: Follower, tmp_path: Path) -> None:
    bank = _bank()
    with writers.connect(autocommit=True) as connection:
        writers.add(connection, bank, 1)
    builder.build_here(tmp_path, _parameters())
    (path,) = tmp_path.glob(f"*{builder.SUFFIX}")
    path.write_bytes(path.read_bytes()[:-40] + b"x" * 40)
    follower.catch_up()
    assert writers.held(follower.library) == writers.committed()
    builder.build_here(tmp_path, _parameters())
    follower.catch_up()
    assert follower.library.overlay_size == 0


def test_a_base_file_is_built_when_it_is_due_and_by_one_alone(follower: Follower, tmp_path: Path) -> None:
    bank = _bank()
    with writers.connect(autocommit=True) as connection:
        writers.add(connection, bank, 1, frames=9)
    follower.catch_up()
    assert not follower.build_if_due(lambda changes, _: changes > 9)
    with builder.alone(tmp_path, wait=False):
        assert not follower.build_if_due(lambda *_: True)
    assert follower.build_if_due(lambda changes, codes: changes == codes == 9)
    assert not follower.build_if_due(lambda *_: True), "the one just built was not adopted yet"
    follower.catch_up()
    assert follower.library.overlay_size == 0
    assert len(follower.library) == 9


def _until(reached: object, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not reached():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
