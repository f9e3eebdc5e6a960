"""Looking again is bounded: no window twice, and never more than the budget."""

from __future__ import annotations

import numpy as np
import pytest

from firebreak.engine.banks.reference import Reference
from firebreak.engine.matching.alignment import FrameMatches, Stretch
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import Candidate
from firebreak.engine.refinement import BUDGET, Refinement


def pictures(*times: float) -> Pictures:
    made = Pictures()
    made.times = np.array(times)
    return made


def candidate(*query: float, evidence: float = 4.0) -> Candidate:
    times = np.array(query)
    matches = FrameMatches(np.arange(len(times)), times, times, np.zeros(len(times), np.int64))
    return Candidate(Reference("r", "video", 60.0), "known", 0, 0, Stretch(1.0, 0.0, matches), evidence, still=False)


def test_the_ends_of_a_copy_are_looked_at_again() -> None:
    windows = Refinement(60.0).windows([candidate(20.0, 30.0)], pictures(0, 10, 20, 30, 40, 50))
    assert windows == [(10.0, 20.0), (30.0, 40.0)]


def test_weak_evidence_has_its_inside_looked_at_too() -> None:
    windows = Refinement(60.0).windows([candidate(20.0, 30.0, evidence=1.8)], pictures(0, 10, 20, 30, 40, 50))
    assert windows == [(10.0, 40.0)]


def test_the_last_picture_is_followed_to_the_end_of_the_file() -> None:
    assert Refinement(33.0).windows([candidate(0.0, 30.0)], pictures(0, 30)) == [(30.0, 33.0)]


def test_no_window_is_handed_out_twice() -> None:
    refinement = Refinement(60.0)
    seen = pictures(0, 10, 20, 30, 40, 50)
    assert refinement.windows([candidate(20.0, 30.0)], seen)
    assert refinement.windows([candidate(20.0, 30.0)], seen) == []


def test_what_is_known_closely_needs_no_further_look() -> None:
    assert Refinement(2.0).windows([candidate(0.5, 1.0)], pictures(0, 0.5, 1.0, 1.5)) == []


@pytest.mark.parametrize("duration", [None, 1e6])
def test_a_file_full_of_matches_cannot_take_more_than_the_budget(duration: float | None) -> None:
    refinement = Refinement(duration)
    every = np.arange(0, 20_000, 10.0)
    many = [candidate(float(t), evidence=0.5) for t in every]
    total = 0.0
    while windows := refinement.windows(many, pictures(*every)):
        total += sum(end - start for start, end in windows)
    assert 0 < total <= BUDGET + 10
