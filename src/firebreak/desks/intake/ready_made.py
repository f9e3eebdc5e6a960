"""Signals that a platform made itself: what they match, without a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import SignalError
from firebreak.engine.findings import Finding, Scan, Seen, Segment, Thresholds
from firebreak.engine.known import Known
from firebreak.engine.matching.evidence import MATCH_RADIUS, confidence, lone_frame_evidence, still_evidence
from firebreak.engine.signals import registry
from firebreak.engine.signals.pdq.code import codes
from firebreak.engine.telling import same_file
from firebreak.records.common.errors import Invalid

KINDS: Final = ("pdq", "sha256", "md5")
# Below this evidence (decades) a match is wrong more often than right.
_WORTH_TELLING: Final = 0.3


@dataclass(frozen=True, slots=True)
class Signals:
    """Ready-made signals of one item, by kind, as lower-case digits."""

    pdq: Sequence[str] = ()
    sha256: Sequence[str] = ()
    md5: Sequence[str] = ()


def parse(given: Sequence[Mapping[str, str]]) -> Signals:
    """Read `{kind, value}` objects. Raises Invalid, naming which one."""
    read: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for number, each in enumerate(given):
        kind = each["kind"]
        if kind not in read:
            raise Invalid(
                f"signals of the kind {kind[:40]!r} cannot be scanned",
                f"use {', '.join(KINDS)}",
                field=f"signals.{number}.kind",
            )
        try:
            read[kind].append(registry.load(kind).parse(each["value"]))
        except SignalError as problem:
            raise Invalid(problem.problem, problem.remedy, field=f"signals.{number}.value") from None
    return Signals(**read)


def scan(signals: Signals, known: Known) -> Scan:
    """Return what an item with these signals shows: the PDQ codes are of pictures without times."""
    started = time.perf_counter()
    found = _exact(signals, known) or _near(signals, known)
    sure = max((finding.confidence for finding in found), default=0.0)
    return Scan(
        verdict=Thresholds().verdict(sure),
        confidence=sure,
        ms=round((time.perf_counter() - started) * 1000, 1),
        findings=tuple(found),
        seen=_seen(signals),
    )


def _exact(signals: Signals, known: Known) -> list[Finding]:
    rows = {row for digest in signals.sha256 for row in known.exact(sha256=digest)}
    rows |= {row for digest in signals.md5 for row in known.exact(md5=digest)}
    return [same_file(row, entry) for row, entry in known.look_up(rows).items()] if rows else []


def _near(signals: Signals, known: Known) -> list[Finding]:
    if not signals.pdq or not known.frames:
        return []
    hits = known.search(codes(list(signals.pdq)), MATCH_RADIUS)
    order = np.lexsort((hits.distance, hits.row))
    rows, first = np.unique(hits.row[order], return_index=True)
    nearest, times = hits.distance[order][first].tolist(), hits.time[order][first].tolist()
    entries = known.look_up(rows.tolist())
    found = []
    for row, distance, at in zip(rows.tolist(), nearest, times, strict=True):
        if row in entries:
            bank, reference = entries[row]
            evidence = (still_evidence if reference.kind == "image" else lone_frame_evidence)(distance)
            if evidence >= _WORTH_TELLING:
                segment = Segment((0.0, 0.0), (round(at, 2),) * 2, 1.0, False, "image", distance, 1)
                sure = round(confidence(evidence), 6)
                found.append(Finding(reference.name, bank, sure, ("pdq",), (segment,), key=row))
    return sorted(found, key=lambda f: (-f.confidence, f.reference))


def _seen(signals: Signals) -> Seen | None:
    if not signals.sha256 and not signals.pdq:
        return None
    count = len(signals.pdq)
    seen: NDArray[np.uint64] = codes(list(signals.pdq)) if count else np.empty((0, 4), np.uint64)
    sha256 = signals.sha256[0] if signals.sha256 else ""
    return Seen(sha256, None, None, np.zeros(count), seen, np.full(count, 100))
