"""What Firebreak answers, typed. Fields that a newer server adds are in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, cast

Verdict = Literal["block", "hold", "review", "allow"]
_MAY_APPEAR: Final = frozenset({"allow", "review"})


@dataclass(frozen=True, slots=True)
class Signal:
    """A fingerprint that was made elsewhere: `pdq`, `sha256` or `md5`, in hexadecimal digits."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the item that shows a stretch of the reference, in seconds."""

    query: tuple[float, float]
    reference: tuple[float, float]
    speed: float
    mirrored: bool
    kind: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls(_pair(told["query"]), _pair(told["reference"]), told["speed"], told["mirrored"], told["kind"])


@dataclass(frozen=True, slots=True)
class Finding:
    """The item shows a reference."""

    reference: str
    reference_id: str | None
    bank: str
    confidence: float
    kinds: tuple[str, ...]
    segments: tuple[Segment, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            told["reference"],
            told.get("reference_id"),
            told["bank"],
            told["confidence"],
            tuple(told["kinds"]),
            tuple(Segment.read(each) for each in told["segments"]),
        )


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found. While it is pending `verdict` is None, or what a setting says where `degraded` is true."""

    id: str | None
    status: str
    verdict: Verdict | None
    confidence: float
    findings: tuple[Finding, ...]
    content_id: str | None
    account_id: str | None
    degraded: bool
    reason: str | None
    error: str | None
    decision: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def pending(self) -> bool:
        """Whether the scan is not done yet."""
        return self.status == "pending"

    @property
    def may_appear(self) -> bool:
        """Whether the item may be seen: so say `allow` and `review`, not `hold`, `block` or no verdict yet."""
        return self.verdict in _MAY_APPEAR

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls(
            id=told["id"],
            status=told["status"],
            verdict=cast(Verdict | None, told["verdict"]),
            confidence=told["confidence"],
            findings=tuple(Finding.read(each) for each in told["findings"]),
            content_id=told["content_id"],
            account_id=told["account_id"],
            degraded=told["degraded"],
            reason=told["reason"],
            error=told["error"],
            decision=told["decision"],
            raw=told,
        )


@dataclass(frozen=True, slots=True)
class Match:
    """A reference that a signal matches, and how many bits are different."""

    reference: str
    name: str
    bank: str
    distance: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls(told["reference"], told["name"], told["bank"], told["distance"])


@dataclass(frozen=True, slots=True)
class Reference:
    """A known item in a bank."""

    id: str
    name: str
    bank: str
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, told: Mapping[str, Any], bank: str) -> Self:
        return cls(told["id"], told["name"], bank, told)


def _pair(told: Any) -> tuple[float, float]:
    first, last = told
    return float(first), float(last)
