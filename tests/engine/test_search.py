"""Pictures are searched once each, however often they are looked at, and the deadline is kept between them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firebreak.engine.errors import ScanDeadline
from firebreak.engine.pictures import ORIENTATIONS, Pictures
from firebreak.engine.search import Search
from tests.engine.shown import CODES, FIRST, Library, pictures


def told(search: Search, seen: Pictures) -> list[tuple[int, ...]]:
    hits = search.hits(seen)
    return sorted(zip(hits.query.tolist(), hits.row.tolist(), hits.distance.tolist(), strict=True))


def test_pictures_that_come_in_between_change_nothing_of_what_was_hit() -> None:
    library = Library()
    search = Search(library)
    search.hits(pictures(CODES[0], CODES[2], times=[1.0, 3.0]))
    seen = pictures(CODES[1], CODES[0], ~CODES[0], CODES[2], CODES[1], times=[0.0, 1.0, 2.0, 3.0, 4.0])
    assert told(search, seen) == told(Search(Library()), seen)
    assert library.searched == [2 * ORIENTATIONS, 3 * ORIENTATIONS]
    assert library.looked_up == [[FIRST, FIRST + 2], [FIRST + 1]]


def test_nothing_is_asked_twice() -> None:
    library = Library()
    search = Search(library)
    for _ in range(3):
        search.hits(pictures(*CODES))
    assert (len(library.searched), len(library.looked_up)) == (1, 1)


def test_rows_that_are_gone_are_nobodys() -> None:
    search = Search(Library())
    search.hits(pictures(*CODES))
    assert [bool(search.entry(FIRST + i)) for i in range(4)] == [True, True, True, False]


def test_nothing_is_looked_up_where_nothing_was_found() -> None:
    library = Library()
    assert len(Search(library).hits(pictures(~CODES[0]))) == 0
    assert library.looked_up == []


def test_nothing_is_searched_where_nothing_is_known() -> None:
    library = Library()
    library.frames = 0
    assert len(Search(library).hits(pictures(*CODES))) == 0
    assert library.searched == []


@pytest.mark.parametrize("frames", [1, 4_000_000, 10**9])
def test_portions_give_what_one_search_gives(frames: int) -> None:
    library = Library()
    library.frames = frames
    seen = pictures(*CODES, *(~CODES), *CODES)
    assert told(Search(library, deadline=float("inf")), seen) == told(Search(Library()), seen)
    assert sum(library.searched) == len(seen) * ORIENTATIONS


def test_a_search_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr("firebreak.engine.deadline.monotonic", lambda: float(next(clock)))
    library = Library()
    library.frames = 10**9
    with pytest.raises(ScanDeadline):
        Search(library, deadline=3.0).hits(pictures(*CODES, *CODES))
    assert len(library.searched) == 3
    assert np.unique(library.searched).tolist() == [ORIENTATIONS]
