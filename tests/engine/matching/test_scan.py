"""Comparing every code with every query finds what is near and nothing else, however the blocks fall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.matching import scan as scanning
from firebreak.engine.matching.bounds import GROUP
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.levels import EXACT, OR_OF_THREE, OR_OF_TWO
from firebreak.engine.matching.scan import BLOCK, LONE_BLOCK, scan
from tests.engine.matching.oracle import assert_same, brute_force, clustered, numbered

NONE_REMOVED = np.empty(0, np.uint8)


def scanned(codes: NDArray[np.uint64], queries: NDArray[np.uint64], radius: int, part: range | None = None) -> Hits:
    into = HitBuffer(len(queries), None)
    columns = np.ascontiguousarray(codes.T)
    scan(columns, numbered(len(codes)), NONE_REMOVED, part or range(len(codes)), queries, radius, into)
    return Hits.merged(into.parts)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from([1, 2, 3, 4, 5, 8]),
    count=st.sampled_from([0, 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17, LONE_BLOCK + 1]),
    queries=st.integers(1, 2 * GROUP + 1),
    share=st.floats(0, 1.1),
)
def test_a_scan_equals_brute_force(seed: int, words: int, count: int, queries: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, count, words), clustered(rng, queries, words)
    radius = int(share * share * 64 * words)  # most often small, where the lower bounds matter
    assert_same(scanned(codes, asked, radius), brute_force(codes, numbered(count), asked, radius))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.integers(1, 6),
    differing=st.integers(0, 6),
    most=st.sampled_from([0, 1, 30, 64]),
    queries=st.integers(1, GROUP + 2),
    radius=st.sampled_from([0, 31, 32, 33, 48, 60, 80]),
)
def test_codes_alike_but_for_some_words_are_told_apart(
    seed: int, words: int, differing: int, most: int, queries: int, radius: int
) -> None:
    """Where many codes survive a bound: all alike, nearly alike, or different only in words that it does not read."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(rng.integers(0, 2**64, (1, words), np.uint64) * np.uint64(seed & 1), 3000, axis=0)
    flipped = np.argsort(rng.random((3000, 64)), axis=1) < rng.integers(0, most + 1, (3000, 1))
    codes[:, differing:] ^= np.packbits(flipped, axis=1, bitorder="little").view(np.uint64)
    asked = codes[rng.integers(0, len(codes), queries)]
    asked[::2] ^= rng.integers(0, 2**64, asked[::2].shape, np.uint64) & rng.integers(0, 2**64, (), np.uint64)
    assert_same(scanned(codes, asked, radius), brute_force(codes, numbered(3000), asked, radius))


@pytest.mark.parametrize("level", range(EXACT + 1))
@pytest.mark.parametrize("words", [1, 2, 3, 4, 6])
def test_every_level_is_exact(words: int, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "first_level", lambda _words, _radius: level)
    rng = np.random.default_rng(words)
    codes, asked = clustered(rng, 5000, words), clustered(rng, 6, words)
    for radius in (0, 5, 31, 48, 80, 200):
        assert_same(scanned(codes, asked, radius), brute_force(codes, numbered(5000), asked, radius))


def test_the_level_rises_when_blocks_are_looked_into_for_nothing() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 2**64, (100 * BLOCK, 4), np.uint64)
    asked = rng.integers(0, 2**64, (GROUP + 1, 4), np.uint64)
    codes[::BLOCK, :2] = asked[0, :2]  # near by half of the columns, far by all of them
    codes[::BLOCK, 2:] = ~asked[0, 2:]
    level, resume, into = np.full(2, OR_OF_TWO, np.int64), np.zeros(2, np.int64), HitBuffer(2, None)
    found = scanning._scan(
        *(np.ascontiguousarray(codes.T), numbered(len(codes)), NONE_REMOVED, len(codes), asked, 31),
        *(resume, level, np.zeros(2, np.int64), *rooms(2)),
        *(into.query, into.key, into.distance),
    )
    assert found == 0
    assert level.tolist() == [OR_OF_THREE, OR_OF_TWO], "only the group that raised false alarms"


def rooms(groups: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    return np.empty(groups, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)


def test_a_part_of_the_codes_can_be_scanned() -> None:
    rng = np.random.default_rng(4)
    codes, asked = clustered(rng, 9000, 4), clustered(rng, 3, 4)
    part = range(2 * BLOCK, 4 * BLOCK)
    expected = brute_force(codes[part.start : part.stop], numbered(len(part), part.start), asked, 60)
    assert_same(scanned(codes, asked, 60, part), expected)


def test_millions_of_hits_are_all_told() -> None:
    codes = np.zeros((300_000, 4), np.uint64)
    codes[::3, 0] = 1
    found = scanned(codes, np.zeros((5, 4), np.uint64), 31)
    assert np.bincount(found.query).tolist() == [300_000] * 5
    assert int(found.distance.sum()) == 5 * 100_000


@pytest.mark.parametrize("length", [BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK])
def test_no_more_is_written_than_there_is_room_for(length: int) -> None:
    query = np.full(3 * BLOCK, 7, np.int32)
    key, distance = query.astype(np.uint32), query.astype(np.uint16)
    codes, resume = np.zeros((3, 3 * BLOCK), np.uint64), np.zeros(2, np.int64)
    count = scanning._scan(
        *(codes, numbered(3 * BLOCK), NONE_REMOVED, 3 * BLOCK, np.zeros((1, 3), np.uint64), 0),
        *(resume, np.zeros(1, np.int64), np.zeros(1, np.int64), *rooms(1)),
        query[:length],
        key[:length],
        distance[:length],
    )
    assert count == length // BLOCK * BLOCK
    assert resume.tolist() == [count, 0]
    assert {*query[length:].tolist(), *key[length:].tolist(), *distance[length:].tolist()} == {7}
