"""The index answers as brute force does, whatever was done to it before."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from firebreak.engine.errors import EngineError, IndexFileError
from firebreak.engine.matching.arrayfile import read_arrays, write_arrays
from firebreak.engine.matching.hits import Hits
from firebreak.engine.matching.index import HammingIndex, UnfitCodesError
from firebreak.engine.matching.multi_index import Plan, Tables
from firebreak.engine.matching.sorted_tables import SortedTables
from tests.engine.matching.oracle import assert_same, brute_force, clustered, numbered

SEEDS = st.integers(0, 2**32)


def _free_up_to_20(_tables: object, _queries: int, radius: int) -> float:
    return 0 if radius <= 20 else float("inf")


class AnyHistory(RuleBasedStateMachine):
    """An index of any size of codes, with tables or without, beside a plain array of the same codes."""

    @initialize(
        words=st.sampled_from([1, 2, 4, 8]),
        plan=st.sampled_from([None, Plan(1, 14), Plan(5, 9), Plan(8, 8)]),
        width=st.sampled_from([None, 6, 10, 16]),
    )
    def begin(self, words: int, plan: Plan | None, width: int | None) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "codes.index"
        # So few codes would get no tables, and would not be looked up in them.
        self.patches: list[Any] = [
            mock.patch(
                "firebreak.engine.matching.index.best_width", lambda n, w, _: width if n > 15 and w > 1 else None
            ),
            mock.patch("firebreak.engine.matching.index.best_plan", lambda n, _words, _spare: plan if n else None),
            *(mock.patch.object(tables, "cost", _free_up_to_20) for tables in (Tables, SortedTables)),
        ]
        for patch in self.patches:
            patch.start()
        self.words = words
        self.index = HammingIndex(64 * words)
        self.codes, self.keys, self.next_key = np.empty((0, words), np.uint64), numbered(0), 0
        self.add(seed=words, count=3000, gap=0)
        self.stored: tuple[NDArray[np.uint64], NDArray[np.uint32], int] | None = None

    def teardown(self) -> None:
        for patch in getattr(self, "patches", []):
            patch.stop()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(seed=SEEDS, count=st.sampled_from([0, 1, 3, 900, 1100, 4500]), gap=st.integers(0, 2))
    def add(self, seed: int, count: int, gap: int) -> None:
        codes = clustered(np.random.default_rng(seed), count, self.words)
        keys = np.uint32(self.next_key + gap) + numbered(count) * np.uint32(gap + 1)
        self.index.add(codes, keys)
        self.codes, self.keys = np.concatenate([self.codes, codes]), np.concatenate([self.keys, keys])
        self.next_key = int(keys[-1]) + 1 if count else self.next_key

    @rule(seed=SEEDS, share=st.sampled_from([0.0, 0.01, 0.5, 1.0]))
    def remove(self, seed: int, share: float) -> None:
        rng = np.random.default_rng(seed)
        gone = rng.random(len(self.keys)) < share
        absent = rng.integers(self.next_key, 2**32, 3, np.uint32)
        assert (
            self.index.remove(rng.permutation(np.concatenate([self.keys[gone], self.keys[gone], absent]))) == gone.sum()
        )
        self.codes, self.keys = self.codes[~gone], self.keys[~gone]

    @rule(
        seed=SEEDS,
        count=st.integers(0, 4),
        radius=st.one_of(st.integers(0, 20), st.integers(0, 130), st.just(1000)),
        threads=st.integers(1, 3),
        limit=st.one_of(st.none(), st.integers(1, 50)),
    )
    def search(self, seed: int, count: int, radius: int, threads: int, limit: int | None) -> None:
        queries = clustered(np.random.default_rng(seed), count, self.words)
        with mock.patch("firebreak.engine.matching.segment._SHARE", 1.0):  # so that threads are used at all
            found = self.index.search(queries, radius, threads, limit)
        expected = brute_force(self.codes, self.keys, queries, radius) if count else Hits.merged([])
        assert_same(found, Hits.merged([expected], limit))

    @rule(seed=SEEDS)
    def give_codes(self, seed: int) -> None:
        which = np.random.default_rng(seed).permutation(len(self.keys))[:100]
        np.testing.assert_array_equal(self.index.codes(self.keys[which]), self.codes[which])

    @rule()
    def compact(self) -> None:
        self.index.compact()

    @rule()
    def save(self) -> None:
        self.index.save(self.path)
        self.stored = self.codes, self.keys, self.next_key

    @precondition(lambda self: self.stored)
    @rule(verify=st.booleans())
    def forget_what_was_not_saved(self, verify: bool) -> None:
        assert self.stored
        self.index = HammingIndex.load(self.path, verify=verify)
        self.codes, self.keys, self.next_key = self.stored

    @precondition(lambda self: self.stored)
    @rule(seed=SEEDS)
    def crash_while_saving(self, seed: int) -> None:
        """What is on disk at a power cut: the old file, and any part of a new one under another name."""
        whole = self.path.read_bytes()
        torn = whole[: int(np.random.default_rng(seed).integers(len(whole) - 63))]
        self.path.with_name(f".{self.path.name}.dead.new").write_bytes(torn)
        misplaced = self.path.with_name("torn.index")
        misplaced.write_bytes(torn)
        with pytest.raises(IndexFileError):
            HammingIndex.load(misplaced)
        self.forget_what_was_not_saved(verify=True)

    @invariant()
    def answers_as_brute_force(self) -> None:
        if not hasattr(self, "index"):
            return
        assert len(self.index) == len(self.keys)
        queries = clustered(np.random.default_rng(self.next_key), 2, self.words)
        for radius in (4, 18, 40):
            expected = brute_force(self.codes, self.keys, queries, radius)
            assert_same(self.index.search(queries, radius), expected)


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def random_codes(count: int, words: int = 4) -> NDArray[np.uint64]:
    return np.random.default_rng(count).integers(0, 2**64, (count, words), np.uint64)


def test_codes_take_no_more_than_promised(tmp_path: Path) -> None:
    index = HammingIndex()
    for first in range(0, 300_000, 30_000):
        index.add(random_codes(30_000), numbered(30_000, first))
        assert index.nbytes <= 40 * len(index)
    index.remove(numbered(1000))
    assert index.nbytes <= 40 * 300_000
    index.save(tmp_path / "i")
    loaded = HammingIndex.load(tmp_path / "i")
    assert "table_starts" in loaded.arrays()
    for turn in range(3):
        assert 36 * len(loaded) < loaded.nbytes <= 40 * len(loaded)
        loaded.remove(numbered(1, 5000))
        loaded.add(random_codes(2), numbered(2, 300_000 + 2 * turn))
    assert (tmp_path / "i").stat().st_size <= 40 * len(loaded) + 4096


def test_with_more_memory_every_usual_radius_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firebreak.engine.matching.segment.scan", None)  # a scan would fail
    monkeypatch.setattr("firebreak.engine.matching.segment.scan_cost", lambda *_: float("inf"))
    codes = random_codes(70_000)
    index = HammingIndex(bytes_per_code=104)
    index.add(codes, numbered(70_000))
    index.compact()
    assert index.nbytes <= 104 * len(index)
    queries = codes[::10_000] ^ np.uint64(0x7F)
    for radius in (0, 6, 27, 28, 31):
        assert_same(index.search(queries, radius), brute_force(codes, numbered(70_000), queries, radius))


def test_for_71_bytes_a_million_codes_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firebreak.engine.matching.segment.scan", None)  # a scan would fail
    codes = random_codes(1_000_000)
    index = HammingIndex(bytes_per_code=71)
    index.add(codes, numbered(1_000_000))
    index.compact()
    assert index.nbytes <= 71_000_000
    cold = index.arrays()
    assert index.nbytes - cold["keys"].nbytes - cold["table_rank"].nbytes <= 60 * 2**20
    queries = codes[:5] ^ np.uint64(0x7FFFFFFF)
    assert_same(index.search(queries, 31), brute_force(codes, numbered(1_000_000), queries, 31))


@pytest.mark.parametrize("radius", [48, 80])
def test_a_batch_at_a_wide_radius_is_scanned(monkeypatch: pytest.MonkeyPatch, radius: int) -> None:
    monkeypatch.setattr(SortedTables, "search", None)
    codes = random_codes(300_000)
    index = HammingIndex(bytes_per_code=71)
    index.add(codes, numbered(300_000))
    index.compact()
    assert "table_rank" in index.arrays()
    assert len(index.search(codes[:30], radius)) == 30


def test_a_wide_radius_is_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tables, "search", None)
    codes = random_codes(70_000)
    index = HammingIndex(bytes_per_code=104)
    index.add(codes, numbered(70_000))
    index.compact()
    assert_same(index.search(codes[:2], 96), brute_force(codes, numbered(70_000), codes[:2], 96))


def test_a_change_rebuilds_nothing() -> None:
    index = HammingIndex()
    index.add(random_codes(70_000), numbered(70_000))
    index.compact()
    before = index.arrays()
    assert "table_starts" in before
    index.add(random_codes(2), numbered(2, 70_000))
    index.remove(numbered(1, 100))
    (base, added) = index._segments
    assert all(np.shares_memory(a, b) for a, b in zip((base.columns, base.keys), before.values(), strict=False))
    assert base.nbytes <= sum(a.nbytes for a in before.values()) + 70_000 / 8
    assert added.nbytes < 0.1 * base.nbytes
    assert index.arrays()["words"] is not before["words"]


def test_compacting_twice_copies_nothing() -> None:
    index = HammingIndex()
    index.add(random_codes(70_000), numbered(70_000))
    first, second = index.arrays(), index.arrays()
    assert all(np.shares_memory(first[name], second[name]) for name in first)


def test_segments_stay_few() -> None:
    index = HammingIndex(64)
    for key in range(20_000):
        index.add(np.zeros((1, 1), np.uint64), numbered(1, key))
    assert len(index._segments) <= 20
    assert index.nbytes < 1.1 * 12 * 20_000


def test_an_empty_index_finds_nothing_and_can_be_kept(tmp_path: Path) -> None:
    index = HammingIndex(128)
    assert (len(index), index.nbytes, index.bits) == (0, 0, 128)
    assert len(index.search(np.zeros((3, 2), np.uint64), 128)) == 0
    assert index.remove(numbered(3)) == 0
    assert index.codes(numbered(0)).shape == (0, 2)
    index.save(tmp_path / "i")
    loaded = HammingIndex.load(tmp_path / "i")
    assert (len(loaded), loaded.bits) == (0, 128)
    loaded.add(np.ones((1, 2), np.uint64), numbered(1))
    assert loaded.search(np.zeros((1, 2), np.uint64), 2).key.tolist() == [0]


def test_no_queries_find_nothing() -> None:
    index = HammingIndex()
    index.add(random_codes(5), numbered(5))
    assert len(index.search(np.empty((0, 4), np.uint64), 256)) == 0


def test_arrays_in_any_memory_order_are_taken() -> None:
    codes = np.asfortranarray(random_codes(50))
    index = HammingIndex()
    index.add(codes, np.arange(100, dtype=np.uint32)[::2])
    found = index.search(codes[::-7], 0)
    assert found.key.tolist() == list(range(98, -1, -14))


def test_codes_in_the_order_of_their_tables_change_like_others(tmp_path: Path) -> None:
    codes = random_codes(300_000)
    index = HammingIndex(bytes_per_code=71)
    index.add(codes, numbered(300_000))
    index.save(tmp_path / "i")
    loaded = HammingIndex.load(tmp_path / "i")
    assert "table_rank" in loaded.arrays()
    assert loaded.remove(numbered(1000, 50_000)) == 1000
    np.testing.assert_array_equal(loaded.codes(numbered(3)), codes[:3])
    with pytest.raises(UnfitCodesError, match="has no key 50000"):
        loaded.codes(numbered(1, 50_000))
    loaded.add(codes[:1], numbered(1, 300_000))
    assert loaded.search(codes[:1], 0).key.tolist() == [0, 300_000]
    arrays = loaded.arrays()
    np.testing.assert_array_equal(arrays["keys"][arrays["table_rank"]][-3:], [299_998, 299_999, 300_000])


def test_keys_never_come_back(tmp_path: Path) -> None:
    index = HammingIndex()
    index.add(random_codes(5), numbered(5, 2**32 - 5))
    index.remove(numbered(5, 2**32 - 5))
    for same in (index, _reloaded(index, tmp_path)):
        with pytest.raises(UnfitCodesError, match="from 4294967296 on"):
            same.add(random_codes(1), numbered(1, 2**32 - 1))


def _reloaded(index: HammingIndex, folder: Path) -> HammingIndex:
    index.save(folder / "i")
    return HammingIndex.load(folder / "i")


CODES, KEYS = random_codes(3), numbered(3)


@pytest.mark.parametrize(
    ("codes", "keys", "problem"),
    [
        (CODES.astype(np.int64), KEYS, "codes are int64 of shape"),
        (CODES.tolist(), KEYS, "codes are list"),
        (CODES[0], KEYS, "codes are uint64 of shape"),
        (CODES[:, :3], KEYS, "codes have 3 words of 64 bits, this index has 4"),
        (CODES, KEYS.astype(np.int64), "keys are int64"),
        (CODES, KEYS[:, None], "keys are uint32 of shape"),
        (CODES, KEYS[:2], "3 codes and 2 keys"),
        (CODES, KEYS[::-1], "keys do not increase"),
        (CODES, np.array([1, 1, 2], np.uint32), "keys do not increase"),
    ],
)
def test_codes_that_do_not_fit_are_refused(codes: Any, keys: Any, problem: str) -> None:
    index = HammingIndex()
    with pytest.raises(UnfitCodesError, match=problem) as refused:
        index.add(codes, keys)
    assert isinstance(refused.value, EngineError)
    assert refused.value.remedy
    assert len(index) == 0


def test_searches_that_make_no_sense_are_refused() -> None:
    index = HammingIndex()
    for nonsense in ({"radius": -1}, {"radius": 1, "threads": 0}, {"radius": 1, "limit": 0}):
        with pytest.raises(UnfitCodesError, match="make no search"):
            index.search(CODES, **nonsense)
    with pytest.raises(UnfitCodesError, match="queries have 2 words"):
        index.search(CODES[:, :2], 1)
    for bits in (0, -64, 100):
        with pytest.raises(UnfitCodesError, match="multiple of 64"):
            HammingIndex(bits)


def test_a_removed_key_has_no_code() -> None:
    index = HammingIndex()
    index.add(CODES, KEYS)
    index.remove(KEYS[1:2])
    with pytest.raises(UnfitCodesError, match="has no key 1"):
        index.codes(KEYS)


@pytest.mark.parametrize(
    "change",
    [
        {"words": np.zeros((4, 3, 1), np.uint64)},
        {"words": np.zeros((0, 3), np.uint64)},
        {"words": np.zeros((4, 2), np.uint64)},
        {"words": np.zeros((4, 3), np.int64)},
        {"keys": np.array([0, 2, 1], np.uint32)},
        {"keys": np.arange(3, dtype=np.uint64)},
        {"keys": None},
        {"table_starts": np.zeros((1, 1, 257), np.uint32)},
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(change: dict[str, Any]) -> None:
    index = HammingIndex()
    index.add(CODES, KEYS)
    arrays = {name: array for name, array in (index.arrays() | change).items() if array is not None}
    with pytest.raises(IndexFileError):
        HammingIndex.from_arrays(arrays)


def test_a_file_that_does_not_say_how_it_was_built_is_refused(tmp_path: Path) -> None:
    index = HammingIndex()
    index.add(CODES, KEYS)
    index.save(tmp_path / "i")
    arrays, meta = read_arrays(tmp_path / "i", "firebreak hamming index", 1)
    assert meta == {"bytes_per_code": 40, "next_key": 3}
    write_arrays(tmp_path / "i", "firebreak hamming index", 1, arrays, {"bytes_per_code": "40"})
    with pytest.raises(IndexFileError, match="how it was built"):
        HammingIndex.load(tmp_path / "i")


def test_a_search_among_millions_of_equal_codes_keeps_to_its_limit() -> None:
    index = HammingIndex(64)
    index.add(np.zeros((3_000_000, 1), np.uint64), numbered(3_000_000))
    found = index.search(np.ones((2, 1), np.uint64), 31, limit=5)
    assert found.key.tolist() == [0, 1, 2, 3, 4] * 2
