"""What is to be written of a scan: plain values, made by whoever scanned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from firebreak.engine.findings import Seen


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks about which item."""

    asked_by: str  # `kind:id` of an actor
    content_id: str | None = None
    account_id: str = ""
    surface: str = ""
    key: str | None = None  # Idempotency-Key
    request: bytes | None = None  # SHA-256 of what was asked, with a key


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, with the names its reference has today."""

    reference: int
    reference_id: UUID | None
    reference_name: str
    bank: str
    label: str
    confidence: float
    kinds: Sequence[str]
    segments: Sequence[Mapping[str, Any]]
    distance: int
    radius: int


@dataclass(frozen=True, slots=True)
class Prints:
    """A fingerprint, packed as it is stored."""

    sha256: bytes | None
    codes: bytes
    times: bytes
    quality: bytes

    @classmethod
    def of(cls, seen: Seen) -> Prints:
        """Pack what a scan saw."""
        codes = np.ascontiguousarray(seen.codes[:, ::-1]).astype(">u8", copy=False)
        return cls(
            bytes.fromhex(seen.sha256) or None,
            codes.tobytes(),
            seen.times.astype("<f4").tobytes(),
            seen.quality.astype(np.uint8).tobytes(),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scan ended. `degraded` says why the verdict is a setting's and not what was found."""

    verdict: str
    confidence: float = 0.0
    degraded: str = ""
    error: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)
    ms: float | None = None
    findings: Sequence[Found] = ()
    prints: Prints | None = None
    failed: bool = False
