"""What a scan answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.media.source import MediaInfo

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
    distance: int = 0  # bits between the pictures that are most alike
    pictures: int = 0  # of the query, that agree on this stretch

    def told(self) -> dict[str, Any]:
        """Return the object of the contract: what is printed and answered."""
        return {
            "query": list(self.query),
            "reference": list(self.reference),
            "speed": self.speed,
            "mirrored": self.mirrored,
            "kind": self.kind,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """An item shows a reference, and how sure that is."""

    reference: str
    bank: str
    confidence: float
    kinds: tuple[str, ...]
    segments: tuple[Segment, ...]
    key: int  # the reference's row in what was searched

    @property
    def distance(self) -> int:
        """Bits between the pictures that are most alike; 0 for the very same file."""
        return min(segment.distance for segment in self.segments)

    def told(self) -> dict[str, Any]:
        """Return the object of the contract: what is printed and answered."""
        return {
            "reference": self.reference,
            "bank": self.bank,
            "confidence": self.confidence,
            "kinds": list(self.kinds),
            "segments": [segment.told() for segment in self.segments],
        }


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


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a scan came to know of its item, for whoever wants to find it again."""

    sha256: str
    md5: str | None  # only where a bank asks for it
    info: MediaInfo | None  # None where decoding was not needed, or not possible
    times: NDArray[np.float64]  # (n,) seconds, in order
    codes: NDArray[np.uint64]  # (n, 4) PDQ of the pictures as they stand
    quality: NDArray[np.int64]  # (n,) 0..100


@dataclass(frozen=True, slots=True)
class Scan:
    """The answer for one item. `verdict` is None when the item could not be read and nothing was found before that."""

    verdict: Verdict | None
    confidence: float
    ms: float
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    seen: Seen | None = field(default=None, repr=False, compare=False)  # None where there was no file to read
