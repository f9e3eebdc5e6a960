"""Looking codes up by stretches of their bits is exact, and safe whatever a file says the tables are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching.buckets import SPAN, _next_flips
from firebreak.engine.matching.cost import flips_allowed, probes
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.multi_index import Plan, Tables, best_plan
from tests.engine.matching.oracle import assert_same, brute_force, clustered, numbered

NONE_REMOVED = np.empty(0, np.uint8)


def looked_up(tables: Tables, codes: NDArray[np.uint64], queries: NDArray[np.uint64], radius: int) -> Hits:
    into = HitBuffer(len(queries), None)
    columns = np.ascontiguousarray(codes.T)
    tables.search(columns, numbered(len(codes)), NONE_REMOVED, range(len(queries)), queries, radius, into)
    return Hits.merged(into.parts)


def built(codes: NDArray[np.uint64], tables: int, width: int) -> Tables:
    return Tables.build(np.ascontiguousarray(codes.T), Plan(tables, width))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.integers(0, 20))
def test_no_spread_of_flips_escapes_all_stretches(flipped: list[int], slack: int) -> None:
    """The pigeonhole principle behind it all: `flipped` bits a stretch, at most `radius` together."""
    allowed = flips_allowed(sum(flipped) + slack, len(flipped))
    assert any(there <= most for there, most in zip(flipped, allowed, strict=True))


@given(st.integers(1, 9), st.integers(1, 9))
def test_stretches_are_probed_no_further_than_needed(tables: int, radius: int) -> None:
    """With one flip less in any stretch there is a code that would be missed."""
    allowed = flips_allowed(radius, tables)
    assert sum(most + 1 for most in allowed) == radius + 1


@pytest.mark.parametrize("width", [1, 2, 5, 10])
def test_flips_come_in_order_of_their_number(width: int) -> None:
    patterns = [0]
    while len(patterns) < 1 << width:
        patterns.append(_next_flips(patterns[-1], width))
    assert sorted(patterns) == list(range(1 << width))
    assert [p.bit_count() for p in patterns] == sorted(p.bit_count() for p in patterns)
    assert [probes(width, flips) for flips in range(-1, width + 1)] == [
        sum(p.bit_count() <= flips for p in patterns) for flips in range(-1, width + 1)
    ]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from([1, 2, 4, 5, 8]),
    plan=st.sampled_from([(1, 8), (1, 14), (2, 20), (3, 9), (5, 12), (8, 8), (7, 9)]),
    count=st.sampled_from([1, 7, 1000, 6000]),
    radius=st.integers(0, 24),
)
def test_tables_equal_brute_force(seed: int, words: int, plan: tuple[int, int], count: int, radius: int) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, count, words), clustered(rng, 3, words)
    radius = min(radius, 4 * plan[0])
    tables = built(codes, *plan)
    assert_same(looked_up(tables, codes, asked, radius), brute_force(codes, numbered(count), asked, radius))


def test_more_hits_than_the_buffer_holds_are_all_told() -> None:
    codes = np.zeros((100_000, 4), np.uint64)
    codes[::2, 3] = 7
    found = looked_up(built(codes, 4, 10), codes, np.zeros((3, 4), np.uint64), 7)
    assert np.bincount(found.query).tolist() == [100_000] * 3
    assert int(found.distance.sum()) == 3 * 50_000 * 3


def test_removed_codes_are_not_told() -> None:
    codes = np.zeros((100, 4), np.uint64)
    into = HitBuffer(1, None)
    removed = np.packbits(np.arange(100) % 3 == 0, bitorder="little")
    columns = np.ascontiguousarray(codes.T)
    built(codes, 2, 8).search(columns, numbered(100), removed, range(1), codes[:1], 3, into)
    assert Hits.merged(into.parts).key.tolist() == [key for key in range(100) if key % 3]


def test_codes_beyond_one_span_are_found() -> None:
    rng = np.random.default_rng(6)
    codes = rng.integers(0, 2**64, (SPAN + 5000, 1), np.uint64)
    asked = codes[[0, 12345, SPAN - 1, SPAN, SPAN + 4999]] ^ np.uint64(1 << 40)
    tables = built(codes, 2, 20)
    assert tables.starts.shape == (2, 2, 2**20 + 1)
    assert_same(looked_up(tables, codes, asked, 3), brute_force(codes, numbered(len(codes)), asked, 3))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_tables_from_a_forged_file_lead_nowhere_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, 500, 4), clustered(rng, 3, 4)
    sound = built(codes, 3, 8)
    forged = {
        "table_starts": rng.choice([0, 1, 499, 500, 501, 2**31, 2**32 - 1], sound.starts.shape).astype(np.uint32),
        "table_entries": rng.integers(0, 256, sound.entries.shape, np.uint8),
        "table_load": sound.load,
    }
    tables = Tables.from_arrays(forged, 500, 4)
    assert tables
    found = looked_up(tables, codes, asked, 20)
    true = brute_force(codes, numbered(500), asked, 20)
    triples = zip(true.query.tolist(), true.key.tolist(), true.distance.tolist(), strict=True)
    assert set(zip(found.query.tolist(), found.key.tolist(), found.distance.tolist(), strict=True)) <= set(triples)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("table_starts", np.zeros((3, 1, 256), np.uint32)),
        ("table_starts", np.zeros((3, 2, 257), np.uint32)),
        ("table_starts", np.zeros((3, 1, 257), np.int64)),
        ("table_starts", np.zeros((0, 1, 257), np.uint32)),
        ("table_starts", np.zeros((3, 1, 0), np.uint32)),
        ("table_starts", np.zeros(257, np.uint32)),
        ("table_entries", np.zeros((3, 99, 3), np.uint8)),
        ("table_entries", np.zeros((3, 100, 3), np.uint16)),
        ("table_load", np.zeros(2)),
        ("table_load", None),
    ],
)
def test_tables_that_do_not_fit_the_codes_are_refused(name: str, damaged: NDArray[np.generic] | None) -> None:
    arrays = built(np.zeros((100, 4), np.uint64), 3, 8).arrays()
    assert Tables.from_arrays(arrays, 100, 4)
    del arrays[name]
    if damaged is not None:
        arrays[name] = damaged
    with pytest.raises(IndexFileError):
        Tables.from_arrays(arrays, 100, 4)


def test_stored_codes_need_no_tables() -> None:
    assert Tables.from_arrays({}, 100, 4) is None


@pytest.mark.parametrize("codes", [100_000, 1_000_000, 10_000_000, 40_000_000])
@pytest.mark.parametrize("spare", [3.875, 20, 67.875])
def test_a_plan_keeps_to_its_memory(codes: int, spare: float) -> None:
    plan = best_plan(codes, 4, spare)
    assert plan
    assert plan.tables * plan.width <= 256
    spans = -(-codes // SPAN)
    assert plan.tables * (3 * codes + 4 * spans * (2**plan.width + 1)) <= spare * codes


def test_a_plan_is_made_only_where_it_pays() -> None:
    assert best_plan(10_000, 4, 1000) is None
    assert best_plan(1_000_000, 4, 3) is None
    assert best_plan(0, 4, 100) is None
