"""From the pictures of one item to candidates: search, align, weigh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.reference import Reference
from firebreak.engine.fingerprint import MIN_QUALITY
from firebreak.engine.known import Entry, FrameHits
from firebreak.engine.matching.alignment import FrameMatches, Stretch, align, interrupted
from firebreak.engine.matching.evidence import lone_frame_evidence, still_evidence, stretch_evidence
from firebreak.engine.pictures import ORIENTATIONS, Pictures
from firebreak.engine.search import Search


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of one reference in one orientation, with the evidence it brings (decades)."""

    reference: Reference
    bank: str
    key: int  # the reference's row in what was searched
    orientation: int
    stretch: Stretch
    evidence: float
    still: bool  # a still took part, so there was no time to align


def candidates(pictures: Pictures, search: Search, *, still: bool) -> list[Candidate]:
    """Return what `pictures` show of the references searched, the strongest evidence first. Raises ScanDeadline."""
    seen = pictures.detailed(MIN_QUALITY)
    hits = search.hits(seen)
    found = [
        candidate
        for row, part in _by(hits.row, hits)
        if (entry := search.entry(row))
        for candidate in _of_reference(entry, row, part, seen, still)
    ]
    return sorted(found, key=lambda c: -c.evidence)


def _of_reference(entry: Entry, row: int, hits: FrameHits, seen: Pictures, still: bool) -> list[Candidate]:
    bank, reference = entry
    both_still = still and reference.kind == "image"
    still = still or reference.kind == "image"
    found = []
    for orientation, part in _by(hits.query % ORIENTATIONS, hits):
        sample = part.query // ORIENTATIONS
        matches = FrameMatches(sample, seen.times[sample], part.time, part.distance)
        stretches = _stills(matches, seen.times) if still else align(matches, seen.times)
        for stretch in stretches:
            nearest = int(stretch.matches.distance.min())
            if both_still:
                evidence = still_evidence(nearest)
            elif still:
                evidence = lone_frame_evidence(nearest)
            else:
                evidence = stretch_evidence(stretch.matches.distance, seen.codes[stretch.matches.sample, orientation])
            found.append(Candidate(reference, bank, row, orientation, stretch, evidence, still))
    return _without_overlap(found)


def _stills(matches: FrameMatches, samples: NDArray[np.float64]) -> list[Stretch]:
    """Return the runs of pictures that show a still, each by its best match."""
    order = np.lexsort((matches.distance, matches.sample))
    _, first = np.unique(matches.sample[order], return_index=True)
    return [Stretch(1.0, 0.0, run) for run in interrupted(matches.take(order[first]), samples)]


def _without_overlap(found: list[Candidate]) -> list[Candidate]:
    """Of candidates that explain the same pictures of the query, keep the strongest."""
    kept: list[Candidate] = []
    taken: set[int] = set()
    for candidate in sorted(found, key=lambda c: (-c.evidence, -c.stretch.score)):
        samples = set(candidate.stretch.matches.sample.tolist())
        if len(samples & taken) * 2 <= len(samples):
            kept.append(candidate)
            taken |= samples
    return kept


def _by(values: NDArray[np.int64], hits: FrameHits) -> Iterator[tuple[int, FrameHits]]:
    """Split hits by a value of each."""
    order = np.argsort(values, kind="stable")
    distinct, first = np.unique(values[order], return_index=True)
    ends = [*first[1:].tolist(), len(order)]
    for value, start, end in zip(distinct.tolist(), first.tolist(), ends[: len(first)], strict=True):
        part = order[start:end]
        yield value, FrameHits(hits.query[part], hits.row[part], hits.time[part], hits.distance[part])
