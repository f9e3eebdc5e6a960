"""From candidates to findings: one for each reference, with the times it spans."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.findings import Finding, Segment
from firebreak.engine.known import Entry
from firebreak.engine.matching.evidence import confidence
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import Candidate
from firebreak.engine.signals import pdq

# How far beyond its outermost matched picture a stretch may be taken to reach (s).
REACH: Final = 0.5
# How sure the very same file is: what remains is that the reference was wrong.
SAME_FILE: Final = 0.9999
MIRRORED: Final = frozenset(i for i, name in enumerate(pdq.VARIANTS) if name.startswith("flip"))


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


def _reach(query: NDArray[np.float64], times: NDArray[np.float64], duration: float | None) -> tuple[float, float]:
    start, end = float(query[0]), float(query[-1])
    before, after = times[times < start], times[times > end]
    lower = float(before[-1]) if len(before) else -np.inf
    upper = float(after[0]) if len(after) else np.inf
    start = max(0.0, start - min(REACH, (start - lower) / 2))
    end += min(REACH, (upper - end) / 2)
    return start, max(float(query[-1]), end if duration is None else min(end, duration))


def _s(seconds: float) -> float:
    return round(float(seconds), 2)
