"""Hits come in one order, and a limit keeps the nearest of each query whatever the order they were found in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.matching import hits
from firebreak.engine.matching.hits import HitBuffer, Hits

TRIPLES = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 9)))


def of(triples: list[tuple[int, int, int]]) -> Hits:
    query, distance, key = (np.array([t[i] for t in triples]) for i in range(3))
    return Hits(query.astype(np.int32), key.astype(np.uint32), distance.astype(np.uint16))


def told(found: Hits) -> list[tuple[int, int, int]]:
    return list(zip(found.query.tolist(), found.distance.tolist(), found.key.tolist(), strict=True))


@given(TRIPLES, st.randoms(), st.integers(0, 20), st.one_of(st.none(), st.integers(1, 4)))
def test_merging_sorts_and_keeps_the_nearest(
    triples: set[tuple[int, int, int]], random: np.random.Generator, cut: int, limit: int | None
) -> None:
    shuffled = list(triples)
    random.shuffle(shuffled)
    merged = Hits.merged([of(shuffled[:cut]), of(shuffled[cut:])], limit)
    ranked = sorted(triples)
    expected = [t for t in ranked if limit is None or sum(u[0] == t[0] for u in ranked[: ranked.index(t)]) < limit]
    assert told(merged) == expected
    assert len(merged) == len(expected)


def test_nothing_merged_is_nothing() -> None:
    nothing = Hits.merged([])
    assert len(nothing) == 0
    assert [a.dtype.str for a in (nothing.query, nothing.key, nothing.distance)] == ["<i4", "<u4", "<u2"]


def test_a_buffer_with_a_limit_holds_no_more_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "_MOST_HELD", 1000)
    into = HitBuffer(1, 3)
    for turn in range(100):
        into.query[:500] = 0
        into.key[:500] = np.arange(500 * turn, 500 * (turn + 1))
        into.distance[:500] = 200 - turn
        into.drain(500)
        assert sum(map(len, into.parts)) <= 1500
    assert told(Hits.merged(into.parts, 3)) == [(0, 101, 49500), (0, 101, 49501), (0, 101, 49502)]
