"""What a scanner may search: a bank, or anything that answers as one."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import ScanDeadline
from firebreak.engine.known import Entry, FrameHits, Known
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import candidates, findings
from firebreak.engine.signals import pdq

CODES = np.random.default_rng(1).integers(0, 2**64, (4, 4), np.uint64)


class Library:
    """Rows that are ids of elsewhere, two banks, and one reference that is switched off."""

    entries: Mapping[int, Entry] = {
        7_000_000_001: Entry("one", Reference("same name", "image")),
        7_000_000_002: Entry("two", Reference("same name", "image")),
        7_000_000_003: Entry("two", Reference("same name", "image")),
    }
    frames = len(CODES)
    asked = 0

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1) -> FrameHits:  # noqa: ARG002
        distance = np.bitwise_count(codes[:, None] ^ CODES).sum(axis=2).astype(np.int64)
        query, near = np.nonzero(distance <= radius)
        return FrameHits(query, near + 7_000_000_001, np.zeros(len(near)), distance[query, near])

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> list[int]:  # noqa: ARG002
        return []

    def knows(self, digest: str) -> bool:  # noqa: ARG002
        return False

    def look_up(self, rows: Collection[int]) -> Mapping[int, Entry]:
        self.asked += 1
        return {row: self.entries[row] for row in rows if row in self.entries}


def pictures(*codes: NDArray[np.uint64]) -> Pictures:
    made = Pictures()
    made.times, made.quality = np.arange(len(codes), dtype=float), np.full(len(codes), 100)
    made.codes = np.zeros((len(codes), len(pdq.VARIANTS), 4), np.uint64)
    made.codes[:, 0] = codes
    return made


def test_banks_and_libraries_are_known() -> None:
    assert isinstance(Bank("bank"), Known)
    assert isinstance(Library(), Known)


def test_a_finding_says_which_row_it_is_and_rows_that_are_gone_are_left_out() -> None:
    library = Library()
    shown = pictures(*CODES)
    found = findings(candidates(shown, library, still=False), shown, 4.0)
    assert {(finding.key, finding.bank) for finding in found} == {
        (7_000_000_001, "one"),
        (7_000_000_002, "two"),
        (7_000_000_003, "two"),
    }
    assert library.asked == 1


def test_nothing_is_looked_up_where_nothing_was_found() -> None:
    library = Library()
    assert candidates(pictures(~CODES[0]), library, still=True) == []
    assert library.asked == 0


def test_a_finding_explains_how_near_it_is() -> None:
    shown = pictures(CODES[0] ^ np.uint64(0b1011))
    (finding,) = findings(candidates(shown, Library(), still=True), shown, 0.0)
    (segment,) = finding.segments
    assert (finding.distance, segment.distance, segment.pictures, segment.kind) == (12, 12, 1, "image")


def test_what_is_told_of_a_finding_is_the_contract() -> None:
    shown = pictures(CODES[0])
    (finding,) = findings(candidates(shown, Library(), still=True), shown, 0.0)
    assert finding.told() == {
        "reference": "same name",
        "bank": "one",
        "confidence": 0.9999,
        "kinds": ["pdq"],
        "segments": [{"query": [0.0, 0.0], "reference": [0.0, 0.0], "speed": 1.0, "mirrored": False, "kind": "image"}],
    }


def test_portions_of_a_search_give_what_one_search_gives() -> None:
    bank = Bank("bank")
    bank.add(Reference("r", "video", 4.0), np.arange(4.0), CODES)
    shown = pictures(*CODES, *(~CODES), *CODES)
    whole = candidates(shown, bank, still=False)
    limited = candidates(shown, _Vast(bank), 1, float("inf"), still=False)
    assert findings(whole, shown, 12.0) == findings(limited, shown, 12.0)


class _Vast:
    """A bank that says it is so large that every search is cut small."""

    frames = 10**9

    def __init__(self, bank: Bank) -> None:
        self.search, self.exact, self.knows, self.look_up = bank.search, bank.exact, bank.knows, bank.look_up


def test_a_search_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr("firebreak.engine.deadline.monotonic", lambda: float(next(clock)))
    bank = Bank("bank")
    bank.add(Reference("r", "video", 4.0), np.arange(4.0), CODES)
    with pytest.raises(ScanDeadline):
        candidates(pictures(*CODES, *CODES), _Vast(bank), 1, 3.0, still=False)
    assert next(clock) == 4
