"""A library answers as a plain dictionary of signals would, whatever came, went and was built meanwhile."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError, SignalError
from firebreak.engine.library.build import build
from firebreak.engine.library.changes import DIGEST_BYTES, PDQ, SHA256, Signals, pdq_of
from firebreak.engine.library.library import Library
from firebreak.engine.matching.sorted_tables import SortedTables
from tests.engine.library.signals import drawn, pictures
from tests.engine.matching.oracle import clustered

SEEDS = st.integers(0, 2**32)
NUMBERS = 400  # so few that signals come back
KINDS = {kind: name for name, kind in (("sha256", 1), ("md5", 2))}


class One(NamedTuple):
    signal: int
    reference: int
    kind: int
    code: bytes
    time: float


def one_by_one(signals: Signals) -> list[One]:
    columns = (signals.signal.tolist(), signals.reference.tolist(), signals.kind.tolist())
    codes = (bytes(code) for code in signals.code)
    return [One(*one) for one in zip(*columns, codes, signals.time.tolist(), strict=True)]


def together(ones: list[One]) -> Signals:
    signal, reference, kind, code, time = zip(*ones, strict=True) if ones else ((), (), (), (), ())
    codes = np.frombuffer(b"".join(code), np.uint8).reshape(-1, 32)
    numbers = np.array(signal, np.int64), np.array(reference, np.int64), np.array(kind, np.uint8)
    return Signals(*numbers, codes, np.array(time, np.float32))


class AnyHistory(RuleBasedStateMachine):
    """A library beside a dictionary; base files are begun at any time and adopted at any later one."""

    @initialize(seed=SEEDS, opened=st.booleans(), width=st.sampled_from([None, 8]))
    def begin(self, seed: int, opened: bool, width: int | None) -> None:
        # So few codes would get no tables, and would not be in their order.
        self.patches: list[Any] = [
            mock.patch(
                "firebreak.engine.matching.index.best_width", lambda n, _words, _spare: width if n > 15 else None
            ),
            mock.patch.object(SortedTables, "cost", lambda _self, _queries, radius: 0 if radius < 40 else float("inf")),
        ]
        for patch in self.patches:
            patch.start()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "host.library"
        self.known: dict[int, One] = {}
        self.begun: list[One] | None = None
        self.library = Library()
        self.add(seed)
        if opened:
            build(self.path, [together(list(self.known.values()))], {"change": seed})
            self.library = Library.open(self.path)

    def teardown(self) -> None:
        for patch in getattr(self, "patches", []):
            patch.stop()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(seed=SEEDS)
    def add(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        batch = drawn(rng, rng.permutation(np.arange(1, NUMBERS))[: rng.integers(0, 120)])
        self.library.add(batch)
        for one in one_by_one(batch):
            self.known.setdefault(one.signal, one)

    @rule(seed=SEEDS, again=st.booleans())
    def remove(self, seed: int, again: bool) -> None:
        rng = np.random.default_rng(seed)
        numbers = rng.integers(1, 2 * NUMBERS, rng.integers(0, 120))
        gone = [self.known.pop(n) for n in set(numbers.tolist()) & self.known.keys()]
        assert self.library.remove(numbers) == len(gone)
        if again:
            self.library.add(together(gone))
            self.known |= {one.signal: one for one in gone}

    @rule()
    def begin_a_base(self) -> None:
        self.begun = list(self.known.values())

    @precondition(lambda self: self.begun is not None)
    @rule(seed=SEEDS, parts=st.integers(1, 3))
    def adopt_a_base(self, seed: int, parts: int) -> None:
        assert self.begun is not None
        rows = np.random.default_rng(seed).permutation(len(self.begun))
        signals = together(self.begun)
        build(self.path, (signals.take(part) for part in np.array_split(rows, parts)), {"change": seed})
        self.library.adopt(self.path)
        assert self.library.base_meta == {"change": seed}
        self.begun = None

    @rule()
    def build_from_itself(self) -> None:
        build(self.path, self.library.signals(), {})
        self.library.adopt(self.path)
        assert self.library.overlay_size == 0
        self.begun = None

    @rule(seed=SEEDS, radius=st.integers(0, 120), limit=st.sampled_from([1, 5, 10_000]))
    def search(self, seed: int, radius: int, limit: int) -> None:
        asked = clustered(np.random.default_rng(seed), 3, 4)
        expected = [(q, *hit) for q, code in enumerate(asked) for hit in self._near(code, radius)]
        found = self.library.search(asked, radius, limit=limit)
        columns = (found.query, found.row, found.time, found.distance)
        answered = list(zip(*(c.tolist() for c in columns), strict=True))
        if limit > NUMBERS:
            assert sorted(answered) == sorted(expected)
            return
        assert set(answered) <= set(expected)
        for q in range(3):  # which of equally near ones is told may differ, how near they are may not
            nearest = sorted(hit[3] for hit in expected if hit[0] == q)[:limit]
            assert [hit[3] for hit in answered if hit[0] == q] == nearest

    @invariant()
    def holds_what_is_known(self) -> None:
        if not hasattr(self, "library"):
            return
        assert len(self.library) == sum(one.kind == PDQ for one in self.known.values())
        assert sorted(o for b in self.library.signals() for o in one_by_one(b)) == sorted(self.known.values())

    @invariant()
    def knows_the_same_files(self) -> None:
        for kind, name in KINDS.items() if hasattr(self, "library") else ():
            held = [one for one in self.known.values() if one.kind == kind]
            assert self.library.knows(name) == bool(held)
            for one in held[:5]:
                same = {other.reference for other in held if other.code == one.code}
                digest = one.code[: DIGEST_BYTES[kind]].hex()
                found = self.library.exact(sha256=digest) if kind == SHA256 else self.library.exact(md5=digest)
                assert found == sorted(same)

    def _near(self, code: NDArray[np.uint64], radius: int) -> list[tuple[int, float, int]]:
        held = [one for one in self.known.values() if one.kind == PDQ]
        away = np.bitwise_count(pdq_of(together(held).code) ^ code).sum(axis=1).tolist()
        return [(one.reference, one.time, d) for one, d in zip(held, away, strict=True) if d <= radius]


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_no_search_falls_between_two_bases(tmp_path: Path) -> None:
    kept, passing = pictures(3000), pictures(3000, 5000)
    paths = tmp_path / "one", tmp_path / "two"
    build(paths[0], [kept, passing.take(np.arange(1500))], {})
    build(paths[1], [kept, passing.take(np.arange(1500, 3000))], {})
    library, stop, missed = Library.open(paths[0]), Event(), list[str]()
    asked = pdq_of(kept.code[:40])

    def search() -> None:
        while not stop.is_set():
            found = library.search(asked, 10)
            if found.row.tolist() != kept.reference[:40].tolist():
                missed.append(f"{found}")

    searching = [Thread(target=search) for _ in range(3)]
    for thread in searching:
        thread.start()
    for turn in range(30):
        library.add(passing.take(np.arange(turn * 10)))
        library.remove(passing.signal[:: turn + 1])
        library.adopt(paths[turn % 2])
    stop.set()
    for thread in searching:
        thread.join()
    assert not missed


def test_a_retraction_outlives_a_base_that_was_begun_before_it(tmp_path: Path) -> None:
    library = Library()
    build(tmp_path / "late", [pictures(10)], {})
    assert library.remove(np.array([3])) == 0  # added and removed before anyone here heard of it
    library.adopt(tmp_path / "late")
    assert len(library) == 9
    library.add(pictures(10))
    assert len(library) == 10


def test_what_came_after_the_base_was_begun_stays(tmp_path: Path) -> None:
    library = Library()
    library.add(pictures(10))
    build(tmp_path / "base", [pictures(10).take(np.arange(8))], {})
    library.adopt(tmp_path / "base")
    assert (len(library), library.overlay_size) == (10, 2)


def test_a_signal_that_came_back_changed_is_not_taken_from_an_old_base(tmp_path: Path) -> None:
    old, new = pictures(1), pictures(1, seed=1)
    build(tmp_path / "base", [old], {})
    library = Library()
    library.add(old)
    library.remove(old.signal)
    library.add(new)
    library.adopt(tmp_path / "base")
    assert len(library.search(pdq_of(new.code), 0)) == len(library) == 1
    build(tmp_path / "base", [new], {})
    library.adopt(tmp_path / "base")
    assert (len(library), library.overlay_size) == (1, 0)


def test_what_is_not_searched_takes_no_memory(tmp_path: Path) -> None:
    """Signals, references, kinds, times, keys and their order are read of hits and changes only, and let go of."""
    path = tmp_path / "base"
    build(path, [pictures(200_000)], {})
    library = Library.open(path)
    assert len(library.search(pdq_of(pictures(1).code), 256)) == 256
    assert library.remove(np.arange(1, 200_000, 1000)) == 200
    (resident,) = re.findall(rf"{path}\n(?:.*\n)*?Rss: +(\d+) kB", Path("/proc/self/smaps").read_text())
    assert int(resident) * 1024 < path.stat().st_size - 200_000 * (8 + 8 + 1 + 4 + 4 + 4) + 2**20


def test_an_empty_library_knows_nothing() -> None:
    library = Library()
    assert (len(library), library.overlay_size, library.base_meta) == (0, 0, {})
    assert len(library.search(np.zeros((2, 4), np.uint64), 256)) == 0
    assert library.exact(sha256="0" * 64, md5="0" * 32) == []
    assert not library.knows("sha256")


def test_a_digest_that_is_none_is_refused() -> None:
    with pytest.raises(SignalError, match="sha256 is 64 hexadecimal digits"):
        Library().exact(sha256="abc")


def test_a_library_that_is_missing_or_damaged_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Library.open(tmp_path / "none")
    build(tmp_path / "base", [pictures(100)], {})
    whole = (tmp_path / "base").read_bytes()
    (tmp_path / "base").write_bytes(whole[:-80] + bytes(80))
    library = Library()
    library.add(pictures(3))
    with pytest.raises(IndexFileError, match="checksum"):
        library.adopt(tmp_path / "base")
    assert len(library) == 3
