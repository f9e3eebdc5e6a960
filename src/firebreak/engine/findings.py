"""What a scan answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["block", "hold", "review", "allow"]
SegmentKind = Literal["video", "image", "file"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the query that shows a stretch of the reference; all times in seconds."""

    query: tuple[float, float]
    reference: tuple[float, float]
    speed: float
    mirrored: bool
    kind: SegmentKind


@dataclass(frozen=True, slots=True)
class Finding:
    """An item shows a reference, and how sure that is."""

    reference: str
    bank: str
    confidence: float
    kinds: tuple[str, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The confidence from which on a finding blocks, holds, or goes to review."""

    block: float = 0.99
    hold: float = 0.9
    review: float = 0.5

    def verdict(self, confidence: float) -> Verdict:
        if confidence >= self.block:
            return "block"
        if confidence >= self.hold:
            return "hold"
        return "review" if confidence >= self.review else "allow"


@dataclass(frozen=True, slots=True)
class Scan:
    """The answer for one item. `verdict` is None when the item could not be read and nothing was found before that."""

    verdict: Verdict | None
    confidence: float
    ms: float
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = field(default=())
