"""What the routes of banks take and answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from firebreak.records.banks import models
from firebreak.records.banks.queries import Match

MOST_A_PAGE: Final = 200
MOST_SIGNALS: Final = 1000
_Confidence = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Text = Annotated[str, StringConstraints(max_length=10_000, pattern="^[^\x00]*$")]
_Kind = Literal["image", "video", "audio", "file"]


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class BankFields(_In):
    """What is told of a bank. Without thresholds the policy table decides."""

    description: _Text = ""
    label: str = Field("", max_length=40, pattern=r"^[A-Za-z0-9._-]*$", description="Code of the class of content")
    block_at: _Confidence | None = Field(None, description="Block from this confidence on")
    hold_at: _Confidence | None = Field(None, description="Hold from this confidence on")
    review_at: _Confidence | None = Field(None, description="Review from this confidence on")


class BankIn(BankFields):
    """A new bank."""

    name: str = Field(..., max_length=63, pattern=rf"^{models.BANK_NAME}$", description="For good; it is in addresses")


class BankChange(BankFields):
    """What is to be another; what is left out stays."""

    enabled: bool | None = Field(None, description="Disabled, a bank matches nothing; nothing is lost")
    reason: str = Field("", max_length=1000, pattern="^[^\x00]*$", description="Why it is disabled or enabled")


class BankOut(Schema):
    """A bank."""

    id: UUID = Field(..., validation_alias="public_id")
    name: str
    description: str
    label: str
    block_at: float | None
    hold_at: float | None
    review_at: float | None
    enabled: bool
    references: int = Field(..., validation_alias="references_held")
    signals: int = Field(..., validation_alias="signals_held")
    created_at: datetime


class BanksOut(Schema):
    banks: list[BankOut]


class SignalIn(_In):
    """A fingerprint as text."""

    kind: Literal["pdq", "vpdq", "sha256", "md5"]
    value: str = Field(..., max_length=10_000_000)


class SignalsIn(_In):
    """Fingerprints of one item."""

    signals: list[SignalIn] = Field(..., min_length=1, max_length=MOST_SIGNALS)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(signal.kind, signal.value) for signal in self.signals]


class FileFields(_In):
    """What can be told of a reference beside its file."""

    name: str = Field("", max_length=500, pattern="^[^\x00]*$", description="Unique in the bank")
    note: _Text = ""
    source: _Text = Field("", description="Where it comes from")


class ReferenceIn(FileFields, SignalsIn):
    """A reference of which only signals are known."""

    kind: _Kind | None = Field(None, description="What the item is; told by its signals when left out")
    duration: float | None = Field(None, ge=0, lt=1e6, allow_inf_nan=False, description="Seconds")


class ReferenceOut(Schema):
    """A known item of a bank."""

    id: UUID
    bank: str
    name: str
    kind: _Kind
    duration: float | None
    note: str
    source: str
    sha256: str | None
    md5: str | None
    signals: int
    added_by: str
    added_at: datetime
    removed_by: str | None
    removed_at: datetime | None
    removed_because: str | None

    @classmethod
    def of(cls, reference: models.Reference) -> Self:
        return cls(**_told(reference))


class ReferenceAdded(ReferenceOut):
    """A reference that is in the bank now."""

    new: bool = Field(..., description="False: the bank had the same content already")
    warnings: list[str]

    @classmethod
    def made(cls, reference: models.Reference, *, new: bool, warnings: Sequence[str] = ()) -> Self:
        return cls(**_told(reference), new=new, warnings=list(warnings))


class ReferencesOut(Schema):
    references: list[ReferenceOut]
    next: int | None = Field(..., description="Send it as `after` for those that follow; null at the end")


class ReferenceFilter(_In):
    after: int | None = Field(None, ge=0, le=2**63 - 1)
    limit: int = Field(50, ge=1, le=MOST_A_PAGE)
    text: str = Field("", max_length=500, pattern="^[^\x00]*$", description="Part of the name")
    removed: bool = Field(False, description="Those that were removed instead")


class MatchOut(Schema):
    """A reference that was found."""

    reference: ReferenceOut
    distance: int = Field(..., description="Bits between the signals that are most alike")
    confidence: float | None = Field(..., description="Null where only signals were compared")

    @classmethod
    def of(cls, match: Match) -> Self:
        told = ReferenceOut.of(match.reference)
        return cls(reference=told, distance=match.distance, confidence=match.confidence)


class MatchesOut(Schema):
    matches: list[MatchOut]


class ImportFields(_In):
    form: Literal["csv", "jsonl", "json", "vpdq"] | None = Field(
        None, description="Told by the file's name if left out"
    )
    source: _Text = Field("", description="Where references come from that do not say so")


class ReportRow(Schema):
    """A row that was not taken."""

    row: int
    field: str
    problem: str
    hint: str


class ImportOut(Schema):
    """How far an import is. A row of a table is a line, the header being the first."""

    id: UUID
    bank: str
    filename: str
    form: str
    status: Literal["waiting", "running", "done", "failed"]
    problem: str = Field(..., description="Why it ended early; what was added by then stays")
    progress: float = Field(..., description="0 to 1")
    rows: int
    references_added: int
    signals_added: int
    duplicates: int
    rejected: int
    report: list[ReportRow] = Field(..., description="The first 1,000 rows that were not taken")
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, told: models.Import) -> Self:
        own = {name: getattr(told, name) for name in cls.model_fields if name not in {"bank", "progress"}}
        return cls(**own, bank=told.bank.name, progress=round(min(1.0, told.done / max(1, told.size)), 4))


class ImportsOut(Schema):
    imports: list[ImportOut]


def _told(of: models.Reference) -> dict[str, Any]:
    names = ("name", "kind", "duration", "note", "source", "added_by", "added_at", "removed_at")
    return {name: getattr(of, name) for name in names} | {
        "id": of.public_id,
        "bank": of.bank.name,
        "sha256": bytes(of.sha256).hex() if of.sha256 else None,
        "md5": bytes(of.md5).hex() if of.md5 else None,
        "signals": of.signals_held,
        "removed_by": of.removed_by or None,
        "removed_because": of.removed_because or None,
    }
