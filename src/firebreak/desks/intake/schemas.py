"""What the routes take and answer, as values and for the OpenAPI description."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

MOST_SIGNALS: Final = 1000


def _plain(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("must not hold control characters")
    return value


_Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_plain)]


class ScanFields(Schema):
    """What can be told of an item, whatever is scanned."""

    model_config = ConfigDict(extra="forbid")

    content_id: _Name | None = Field(None, description="Your id of it; the same id is the same item")
    account_id: _Name | None = Field(None, description="Your id of whoever uploads it")
    surface: str = Field("", max_length=60, pattern=r"^[A-Za-z0-9._-]*$", description="Where it would appear")
    wait: float = Field(
        5.0, ge=0, allow_inf_nan=False, description="Seconds to wait for the answer; 0 answers 202 at once"
    )


class GivenSignal(Schema):
    """A fingerprint that you made."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(..., max_length=40, description="pdq, sha256 or md5")
    value: str = Field(..., max_length=1000, description="Hexadecimal digits")


class ScanBody(ScanFields):
    """One of url, signals and text."""

    url: str | None = Field(None, max_length=2000, description="An address to fetch, where that is switched on")
    signals: list[GivenSignal] | None = Field(None, min_length=1, max_length=MOST_SIGNALS)
    text: str | None = Field(None, description="Not scanned yet: answered 422")


class SegmentOut(Schema):
    """A stretch of the item that shows a stretch of the reference, in seconds."""

    query: list[float]
    reference: list[float]
    speed: float
    mirrored: bool
    kind: str
    distance: int
    pictures: int


class FindingOut(Schema):
    """The item shows a reference."""

    reference: str
    reference_id: str | None
    bank: str
    label: str
    confidence: float
    kinds: list[str]
    distance: int
    segments: list[SegmentOut]


class ScanOut(Schema):
    """A scan. While it is pending `verdict` is null, or what a setting says where `degraded` is true."""

    id: str | None = Field(..., description="Null where nothing could be written down, since the database was away")
    status: Literal["pending", "done", "failed"]
    content_id: str | None
    account_id: str | None
    surface: str
    verdict: Literal["block", "hold", "review", "allow"] | None
    confidence: float
    findings: list[FindingOut]
    decision: dict[str, Any]
    degraded: bool = Field(..., description="The verdict is what a setting says, since nothing could be found out")
    reason: str | None = Field(..., description="Why it is degraded")
    error: str | None = Field(..., description="Why the file could not be read, or not wholly")
    media: dict[str, Any]
    ms: float | None
    created_at: str | None
    finished_at: str | None


class LookupBody(Schema):
    """Up to 1,000 signals."""

    signals: list[GivenSignal] = Field(..., max_length=MOST_SIGNALS)


class MatchOut(Schema):
    """A reference that a signal matches."""

    reference: str
    name: str
    bank: str
    distance: int


class LookupOut(Schema):
    """The matches of each signal, in the order in which they were sent, the nearest first."""

    matches: list[list[MatchOut]]


class OneLookupOut(Schema):
    """The matches of the signal, the nearest first."""

    matches: list[MatchOut]
