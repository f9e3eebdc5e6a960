"""What a page shows of a scan: for every finding its picture, its bar, and the codes that were most alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.utils.safestring import SafeString

from firebreak.faces.console.shell.pictures import Stretch, code_pattern, distance_bar, timelines
from firebreak.records.banks.models import Reference, Signal, SignalKind
from firebreak.records.content.models import Finding, Fingerprint

CODE: Final = 32
# As many pictures of either side are compared for the page; what was found stands in the finding anyway.
MOST: Final = 600


@dataclass(frozen=True, slots=True)
class Nearest:
    """The two pictures most alike: their codes, drawn, where they are (s), and how many bits differ."""

    upload: SafeString
    reference: SafeString
    upload_at: float
    reference_at: float
    distance: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as the page shows it."""

    finding: Any
    reference: Reference | None
    stretches: Sequence[Stretch]
    lines: SafeString | None
    bar: SafeString | None
    nearest: Nearest | None


def show(findings: Sequence[Any], media: Mapping[str, Any], prints: tuple[bytes, bytes] | None) -> list[Shown]:
    """Return what to show of findings; `prints` are the upload's codes and times as they are stored, if they are."""
    references = Reference.objects.select_related("bank").in_bulk([finding.reference for finding in findings])
    return [_show(finding, references.get(finding.reference), media, prints) for finding in findings]


def prints_of(scan_id: Any) -> tuple[bytes, bytes] | None:
    """Return the codes and times that were kept of a scan."""
    kept = Fingerprint.objects.filter(pk=scan_id).first()
    return (bytes(kept.codes), bytes(kept.times)) if kept else None


def _show(
    finding: Finding, reference: Reference | None, media: Mapping[str, Any], prints: tuple[bytes, bytes] | None
) -> Shown:
    stretches = [_stretch(segment) for segment in finding.segments]
    moving = any(s.query[1] > s.query[0] for s in stretches)
    length = float(media.get("duration") or 0.0)
    known = float(reference.duration or 0.0) if reference else 0.0
    exact_only = not {"pdq", "vpdq"} & set(finding.kinds)
    return Shown(
        finding=finding,
        reference=reference,
        stretches=stretches,
        lines=timelines(stretches, length, known) if moving else None,
        bar=None if exact_only else distance_bar(finding.distance, finding.radius),
        nearest=None if exact_only or any(s.mirrored for s in stretches) else _nearest(reference, prints),
    )


def _stretch(segment: Mapping[str, Any]) -> Stretch:
    (a, b), (c, d) = segment["query"], segment["reference"]
    return Stretch((a, b), (c, d), float(segment.get("speed", 1.0)), bool(segment.get("mirrored", False)))


def _nearest(reference: Reference | None, prints: tuple[bytes, bytes] | None) -> Nearest | None:
    if reference is None or prints is None or not prints[0]:
        return None
    rows = Signal.objects.filter(reference=reference, kind=SignalKind.PDQ).values_list("code", "time")[:MOST]
    known = list(rows)
    if not known:
        return None
    codes = [prints[0][at : at + CODE] for at in range(0, len(prints[0]), CODE)][:MOST]
    ours, theirs = _words(b"".join(codes)), _words(b"".join(bytes(code) for code, _ in known))
    best = (CODE * 8 + 1, 0, 0)
    for number, words in enumerate(ours):
        distances = np.bitwise_count(theirs ^ words).sum(axis=1)
        at = int(distances.argmin())
        best = min(best, (int(distances[at]), number, at))
    distance, mine, other = best
    times = np.frombuffer(prints[1], "<f4")
    code, match = codes[mine], bytes(known[other][0])
    return Nearest(
        code_pattern(code, match), code_pattern(match, code), float(times[mine]), float(known[other][1]), distance
    )


def _words(codes: bytes) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    return np.frombuffer(codes, np.uint64).reshape(-1, CODE // 8)
