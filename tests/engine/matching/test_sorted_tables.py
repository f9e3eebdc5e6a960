"""Looking up sorted codes is exact, and safe whatever a file says the tables are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.postings import ROOM
from firebreak.engine.matching.sorted_tables import SortedTables, best_width, probing, remainder
from tests.engine.matching.oracle import assert_same, brute_force, clustered, numbered

NONE_REMOVED = np.empty(0, np.uint8)


def looked_up(
    codes: NDArray[np.uint64], width: int, queries: NDArray[np.uint64], radius: int, forged: SortedTables | None = None
) -> Hits:
    into = HitBuffer(len(queries), None)
    columns, keys, tables = built(codes, width)
    (forged or tables).search(columns, keys, NONE_REMOVED, range(len(queries)), queries, radius, into)
    return Hits.merged(into.parts)


def built(codes: NDArray[np.uint64], width: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32], SortedTables]:
    return SortedTables.build(np.ascontiguousarray(codes.T), numbered(len(codes)), width)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from([2, 4, 5, 8]),
    width=st.sampled_from([1, 6, 11, 16]),
    count=st.sampled_from([16, 33, 1000, 6000]),
    radius=st.integers(0, 40),
)
def test_tables_equal_brute_force(seed: int, words: int, width: int, count: int, radius: int) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, count, words), clustered(rng, 3, words)
    radius = min(radius, 10 * words)
    assert_same(looked_up(codes, width, asked, radius), brute_force(codes, numbered(count), asked, radius))


@pytest.mark.parametrize("count", [65_536, 65_537, 200_000])
def test_positions_of_any_length_leave_room_for_the_remainder(count: int) -> None:
    codes = np.random.default_rng(count).integers(0, 2**64, (count, 4), np.uint64)
    asked = np.bitwise_xor(codes[[0, count // 2, count - 1]], np.array([0x0F, 0, 0xFF << 28, 0], np.uint64))
    assert_same(looked_up(codes, 12, asked, 31), brute_force(codes, numbered(count), asked, 31))


def test_codes_are_in_the_order_of_their_first_stretch_and_known_by_rank() -> None:
    codes = np.random.default_rng(1).integers(0, 2**64, (1000, 4), np.uint64)
    columns, keys, tables = built(codes, 7)
    first = columns[0] & np.uint64((1 << 7 + remainder(1000)) - 1)
    assert (first[1:] >= first[:-1]).all()
    np.testing.assert_array_equal(columns.T, codes[keys])
    np.testing.assert_array_equal(keys[tables.rank], numbered(1000))


def test_more_hits_than_the_buffer_holds_are_all_told() -> None:
    codes = np.zeros((100_000, 4), np.uint64)
    codes[::2, 3] = 7
    found = looked_up(codes, 10, np.zeros((3, 4), np.uint64), 7)
    assert np.bincount(found.query).tolist() == [100_000] * 3
    assert int(found.distance.sum()) == 3 * 50_000 * 3


def test_removed_codes_are_not_told_and_only_the_part_is_answered() -> None:
    codes = np.zeros((100, 4), np.uint64)
    into = HitBuffer(3, None)
    removed = np.packbits(np.arange(100) % 3 == 0, bitorder="little")
    columns, keys, tables = built(codes, 8)
    tables.search(columns, keys, removed, range(1, 2), codes[:3], 3, into)
    found = Hits.merged(into.parts)
    assert found.key.tolist() == [key for key in range(100) if key % 3]
    assert set(found.query.tolist()) == {1}


@pytest.mark.parametrize("width", [2, 5, 10])
def test_patterns_come_in_order_of_their_number(width: int) -> None:
    flips, count, patterns = probing(3, width, 5)
    assert (flips.tolist(), count.tolist()) == ([1, 1, 1], [width + 1] * 3)
    assert patterns.tolist() == [0, *(1 << bit for bit in range(width))]
    _, (most, _), all_of_them = probing(2, width, 2 * width + 1)
    assert most == 1 << width
    counts = [int(pattern).bit_count() for pattern in all_of_them]
    assert counts == sorted(counts)
    assert sorted(all_of_them.tolist()) == list(range(1 << width))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_tables_from_a_forged_file_lead_nowhere_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, 500, 4), clustered(rng, 3, 4)
    arrays = built(codes, 8)[2].arrays()
    arrays["table_starts"] = rng.choice([0, 1, 499, 500, 501, 2**31, 2**32 - 1], (8, 257)).astype(np.uint32)
    for name in ("table_high", "table_low"):
        arrays[name] = rng.integers(0, 2**16, arrays[name].shape, np.uint16)
    forged = SortedTables.from_arrays(arrays, 500, 4)
    assert forged
    found = looked_up(codes, 8, asked, 31, forged)
    true = brute_force(codes, numbered(500), asked, 31)
    triples = zip(true.query.tolist(), true.key.tolist(), true.distance.tolist(), strict=True)
    assert set(zip(found.query.tolist(), found.key.tolist(), found.distance.tolist(), strict=True)) <= set(triples)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("table_starts", np.zeros((8, 256), np.uint32)),
        ("table_starts", np.zeros((7, 257), np.uint32)),
        ("table_starts", np.zeros((8, 257), np.int64)),
        ("table_starts", np.zeros((8, 2**17 + 1), np.uint32)),
        ("table_starts", np.zeros((8, 2), np.uint32)),
        ("table_starts", np.zeros((8, 0), np.uint32)),
        ("table_starts", np.zeros((), np.uint32)),
        ("table_starts", None),
        ("table_high", np.zeros((7, 100), np.uint16)),
        ("table_low", np.zeros((7, 100 + ROOM), np.uint32)),
        ("table_low", None),
        ("table_rank", np.zeros(99, np.uint32)),
        ("table_rank", np.full(100, 100, np.uint32)),
    ],
)
def test_tables_that_do_not_fit_the_codes_are_refused(name: str, damaged: NDArray[np.generic] | None) -> None:
    arrays = built(np.zeros((100, 4), np.uint64), 8)[2].arrays()
    assert SortedTables.from_arrays(arrays, 100, 4)
    del arrays[name]
    if damaged is not None:
        arrays[name] = damaged
    with pytest.raises(IndexFileError):
        SortedTables.from_arrays(arrays, 100, 4)


def test_codes_too_few_for_sorted_tables_are_refused() -> None:
    arrays = built(np.zeros((16, 4), np.uint64), 8)[2].arrays()
    arrays |= {"table_high": arrays["table_high"][:, 1:], "table_low": arrays["table_low"][:, 1:]}
    with pytest.raises(IndexFileError):
        SortedTables.from_arrays(arrays | {"table_rank": np.arange(15, dtype=np.uint32)}, 15, 4)


def test_stored_codes_need_no_tables() -> None:
    assert SortedTables.from_arrays({}, 100, 4) is None


def test_a_width_is_chosen_only_where_it_pays_and_fits() -> None:
    assert best_width(1_000_000, 4, 34.6) == 16
    assert best_width(1_000_000, 4, 31) is None
    assert best_width(10_000, 4, 1000) is None
    assert best_width(1_000_000, 1, 1000) is None
    assert best_width(2**24 + 1, 4, 1000) is None
    wide = best_width(16_000_000, 4, 34.6)
    assert wide is not None
    assert wide >= 18
