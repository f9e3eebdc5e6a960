"""From the pictures of one item to findings: search, align, weigh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine import deadline as deadlines
from firebreak.engine.banks.reference import Reference
from firebreak.engine.findings import Finding, Segment
from firebreak.engine.fingerprint import MIN_QUALITY
from firebreak.engine.known import Entry, FrameHits, Known
from firebreak.engine.matching.alignment import FrameMatches, Stretch, align, interrupted
from firebreak.engine.matching.evidence import (
    MATCH_RADIUS,
    confidence,
    lone_frame_evidence,
    still_evidence,
    stretch_evidence,
)
from firebreak.engine.pictures import ORIENTATIONS, Pictures
from firebreak.engine.signals import pdq

# How far beyond its outermost matched picture a stretch may be taken to reach (s).
REACH: Final = 0.5
# How sure the very same file is: what remains is that the reference was wrong.
SAME_FILE: Final = 0.9999
# Codes times frames that one search may compare: no deadline is missed by much longer than that takes.
PORTION: Final = 100_000_000
MIRRORED: Final = frozenset(i for i, name in enumerate(pdq.VARIANTS) if name.startswith("flip"))


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


def candidates(
    pictures: Pictures, known: Known, threads: int = 1, deadline: float | None = None, *, still: bool
) -> list[Candidate]:
    """Return what `pictures` show of the references known, the strongest evidence first. Raises ScanDeadline."""
    seen = pictures.detailed(MIN_QUALITY)
    if not len(seen) or not known.frames:
        return []
    hits = _search(known, seen.codes.reshape(-1, seen.codes.shape[-1]), threads, deadline)
    if not len(hits):
        return []
    entries = known.look_up(np.unique(hits.row).tolist())
    found: list[Candidate] = []
    for row, part in _by(hits.row, hits):
        deadlines.require(deadline)
        if row in entries:
            found += _of_reference(entries[row], row, part, seen, still)
    return sorted(found, key=lambda c: -c.evidence)


def _search(known: Known, codes: NDArray[np.uint64], threads: int, deadline: float | None) -> FrameHits:
    """Search in portions, between which the deadline is looked at."""
    step = len(codes) if deadline is None else max(ORIENTATIONS, PORTION // known.frames)
    parts = []
    for start in range(0, len(codes), step):
        deadlines.require(deadline)
        hits = known.search(codes[start : start + step], MATCH_RADIUS, threads)
        parts.append(FrameHits(hits.query + start, hits.row, hits.time, hits.distance))
    return parts[0] if len(parts) == 1 else FrameHits.joined(parts)


def findings(found: list[Candidate], pictures: Pictures, duration: float | None) -> list[Finding]:
    """Put the candidates of each reference together. The surest finding comes first."""
    grouped: dict[tuple[str, str, int], list[Candidate]] = {}
    for candidate in found:
        grouped.setdefault((candidate.bank, candidate.reference.name, candidate.key), []).append(candidate)
    merged = [
        Finding(
            reference=name,
            bank=bank,
            confidence=round(confidence(max(c.evidence for c in group)), 6),
            kinds=("pdq",),
            segments=tuple(sorted((segment(c, pictures, duration) for c in group), key=lambda s: s.query)),
            key=key,
        )
        for (bank, name, key), group in grouped.items()
    ]
    return sorted(merged, key=lambda f: (-f.confidence, f.reference))


def same_file(row: int, entry: Entry) -> Finding:
    """Return the finding of a reference that is the very same file."""
    reference = entry.reference
    whole = (0.0, _s(reference.duration or 0.0))
    kind = "sha256" if reference.sha256 else "md5"
    segments = (Segment(whole, whole, 1.0, False, "file"),)
    return Finding(reference.name, entry.bank, SAME_FILE, (kind,), segments, key=row)


def segment(candidate: Candidate, pictures: Pictures, duration: float | None) -> Segment:
    """Return the times a candidate spans, reaching half-way to the next picture that does not show it."""
    matches, speed, offset = candidate.stretch.matches, candidate.stretch.speed, candidate.stretch.offset
    mirrored = candidate.orientation in MIRRORED
    nearest, agreeing = int(matches.distance.min()), len(matches)
    start, end = _reach(matches.query, pictures.times, duration)
    if candidate.still:
        at = float(matches.reference[int(np.argmin(matches.distance))])
        return Segment((_s(start), _s(end)), (_s(at), _s(at)), 1.0, mirrored, "image", nearest, agreeing)
    last = max(candidate.reference.duration or np.inf, float(matches.reference[-1]))
    # Where the line leaves the reference, there is nothing that could be shown.
    start = min(max(start, -offset / speed), float(matches.query[-1]))
    end = max(min(end, (last - offset) / speed), float(matches.query[0]))
    shown = np.clip([speed * start + offset, speed * end + offset], 0.0, last)
    span, part = (_s(start), _s(end)), (_s(shown[0]), _s(shown[1]))
    return Segment(span, part, round(speed, 3), mirrored, "video", nearest, agreeing)


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


def _reach(query: NDArray[np.float64], times: NDArray[np.float64], duration: float | None) -> tuple[float, float]:
    start, end = float(query[0]), float(query[-1])
    before, after = times[times < start], times[times > end]
    lower = float(before[-1]) if len(before) else -np.inf
    upper = float(after[0]) if len(after) else np.inf
    start = max(0.0, start - min(REACH, (start - lower) / 2))
    end += min(REACH, (upper - end) / 2)
    return start, max(float(query[-1]), end if duration is None else min(end, duration))


def _by(values: NDArray[np.int64], hits: FrameHits) -> Iterator[tuple[int, FrameHits]]:
    """Split hits by a value of each."""
    order = np.argsort(values, kind="stable")
    distinct, first = np.unique(values[order], return_index=True)
    ends = [*first[1:].tolist(), len(order)]
    for value, start, end in zip(distinct.tolist(), first.tolist(), ends[: len(first)], strict=True):
        part = order[start:end]
        yield value, FrameHits(hits.query[part], hits.row[part], hits.time[part], hits.distance[part])


def _s(seconds: float) -> float:
    return round(float(seconds), 2)
