"""One scan with all that its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from firebreak.records.banks.models import Reference
from firebreak.records.content.models import Finding, Fingerprint, Scan
from firebreak.records.content.queries.reading import findings, scan

OTHERS: Final = 20


@dataclass(frozen=True, slots=True)
class Match:
    """A finding beside its reference as it is today: None where it was never known or is gone."""

    finding: Finding
    reference: Reference | None

    @property
    def item_seconds(self) -> float:
        """How far the segments reach into the item, where its own duration is unknown."""
        return max((float(segment["query"][1]) for segment in self.finding.segments), default=0.0)

    @property
    def reference_seconds(self) -> float:
        """The reference's duration, or how far the segments reach into it."""
        known = self.reference.duration if self.reference else None
        reach = max((float(segment["reference"][1]) for segment in self.finding.segments), default=0.0)
        return max(known or 0.0, reach)


@dataclass(frozen=True, slots=True)
class Shown:
    """A scan, what it found, and what else is known of its item."""

    scan: Scan
    matches: list[Match]
    others: list[Scan]  # scans of the same item, the newest first
    sha256: str | None  # while the fingerprint is kept
    pictures: int

    @property
    def item_seconds(self) -> float:
        """The item's duration as declared, or as far as matches reach."""
        declared = float(self.scan.media.get("duration") or 0.0)
        return max([declared, *(match.item_seconds for match in self.matches)])

    @property
    def ledger_subject(self) -> str:
        """What its entries in the ledger are filed under; one that ended in `allow` has none of its own."""
        return f"scan:{self.scan.pk}"


def shown(id_: UUID) -> Shown:
    """Return a scan with all that its page shows. Raises NotFound."""
    found = scan(id_)
    told = findings(id_)
    references = Reference.objects.select_related("bank").in_bulk([finding.reference for finding in told])
    prints = Fingerprint.objects.filter(pk=id_).first()
    others = Scan.objects.filter(item=found.item).exclude(pk=id_).order_by("-pk")
    return Shown(
        scan=found,
        matches=[Match(finding, references.get(finding.reference)) for finding in told],
        others=list(others[:OTHERS]),
        sha256=bytes(prints.sha256).hex() if prints and prints.sha256 else None,
        pictures=len(prints.quality) if prints else 0,
    )
