"""A bank finds what is in it, forgets what was removed, and is the same after a night on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import BankError, IndexFileError

RNG = np.random.default_rng(1)


def codes(count: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    return np.random.default_rng(seed).integers(0, 2**64, (count, 4), np.uint64)


def filled(*names: str) -> Bank:
    bank = Bank("known", "for tests")
    for seed, name in enumerate(names):
        reference = Reference(name, "video", 5.0, sha256=f"{seed:064x}", md5=f"{seed:032x}", note="é")
        bank.add(reference, np.arange(10) / 2, codes(10, seed))
    return bank


def test_a_hit_names_reference_time_and_distance() -> None:
    bank = filled("a", "b", "c")
    asked = codes(10, 1)[3:4] ^ np.uint64(1)
    hits = bank.search(asked, 31)
    assert [bank.reference(int(row)).name for row in hits.row] == ["b"]
    assert hits.time.tolist() == [1.5]
    assert hits.distance.tolist() == [4]


def test_references_without_pictures_are_known_by_their_hash() -> None:
    bank = filled("a")
    bank.add(Reference("sound", "audio", sha256="f" * 64), np.array([]), codes(0, 0))
    bank.add(Reference("after", "image"), np.array([0.0]), codes(1, 77))
    assert [bank.reference(row).name for row in bank.exact(sha256="f" * 64)] == ["sound"]
    hits = bank.search(codes(1, 77), 0)
    assert [bank.reference(int(row)).name for row in hits.row] == ["after"]


def test_digests_that_share_a_beginning_are_told_apart() -> None:
    bank = Bank("known")
    for end in ("0", "1"):
        bank.add(Reference(end, "audio", sha256="a" * 63 + end), np.array([]), codes(0, 0))
    assert [bank.reference(row).name for row in bank.exact(sha256="a" * 63 + "1")] == ["1"]


def test_a_name_is_taken_once() -> None:
    bank = filled("a")
    with pytest.raises(BankError, match="'a' already"):
        bank.add(Reference("a", "image"), np.array([0.0]), codes(1, 5))
    assert len(bank) == 1
    assert bank.frames == 10


def test_removing_what_is_not_there_says_so() -> None:
    with pytest.raises(BankError, match="no reference named 'x'"):
        filled("a").remove("x")


def test_codes_come_back_with_their_times() -> None:
    times, found = filled("a", "b").codes("b")
    assert times.tolist() == [i / 2 for i in range(10)]
    assert (found == codes(10, 1)).all()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "known.bank"
    filled("a", "b").save(path)
    data = bytearray(path.read_bytes())
    data[-200] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexFileError):
        Bank.load(path)


class Life(RuleBasedStateMachine):
    """Any sequence of adding, removing, saving and loading, against a dictionary."""

    folder: Path

    @initialize()
    def start(self) -> None:
        self.bank, self.model, self.made = Bank("known"), {}, 0  # type: ignore[var-annotated]

    @rule(frames=st.integers(0, 4))
    def add(self, frames: int) -> None:
        self.made += 1
        name, times = f"r{self.made}", np.arange(frames, dtype=np.float64)
        self.bank.add(Reference(name, "video", sha256=f"{self.made:064x}"), times, codes(frames, self.made))
        self.model[name] = (self.made, frames)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            self.bank.remove(name)
            del self.model[name]

    @rule()
    def save_and_load(self) -> None:
        path = self.folder / "life.bank"
        self.bank.save(path)
        self.bank = Bank.load(path)

    @invariant()
    def agrees(self) -> None:
        assert {r.name for r in self.bank.references()} == set(self.model)
        assert self.bank.frames == sum(frames for _, frames in self.model.values())
        for name, (seed, frames) in self.model.items():
            assert [self.bank.reference(row).name for row in self.bank.exact(sha256=f"{seed:064x}")] == [name]
            hits = self.bank.search(codes(frames, seed), 10)
            assert {self.bank.reference(int(row)).name for row in hits.row} == ({name} if frames else set())
            assert sorted(hits.time.tolist()) == list(range(frames))


def test_any_life_of_a_bank(tmp_path: Path) -> None:
    Life.folder = tmp_path
    run_state_machine_as_test(Life, settings=settings(max_examples=25, stateful_step_count=15, deadline=None))
