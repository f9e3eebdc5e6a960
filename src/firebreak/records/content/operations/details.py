"""What stands beside a scan whose answer matters: findings, the ledger's entry, the event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from firebreak.records.common.actor import Actor
from firebreak.records.content.models import Finding
from firebreak.records.content.outcome import Asked, Found, Outcome
from firebreak.records.delivery import operations as delivery
from firebreak.records.ledger import operations as ledger

# An event names this many findings at most: receivers of webhooks need not take more than 20 kB.
_TOLD: Final = 20


def write_findings(id_: UUID, found: Iterable[Found]) -> None:
    """Write what a scan found."""
    Finding.objects.bulk_create(
        Finding(
            scan_id=id_,
            reference=each.reference,
            reference_id=each.reference_id,
            reference_name=each.reference_name,
            bank=each.bank,
            label=each.label,
            confidence=each.confidence,
            kinds=list(each.kinds),
            segments=[dict(segment) for segment in each.segments],
            distance=each.distance,
            radius=each.radius,
        )
        for each in found
    )


def note(id_: UUID, outcome: Outcome, actor: Actor) -> None:
    """Write the ledger's entry of a scan that did not end in `allow`."""
    payload = {
        "verdict": outcome.verdict,
        "confidence": outcome.confidence,
        "degraded": outcome.degraded,
        "error": outcome.error,
        "references": [str(found.reference_id or found.reference) for found in outcome.findings],
    }
    ledger.record(f"scan.{outcome.verdict}", actor=actor, subject=f"scan:{id_}", payload=payload)


def tell(id_: UUID, asked: Asked, outcome: Outcome) -> None:
    """Publish that a scan is done."""
    data: dict[str, Any] = {
        "scan": str(id_),
        "content_id": asked.content_id,
        "account_id": asked.account_id or None,
        "surface": asked.surface,
        "verdict": outcome.verdict,
        "confidence": outcome.confidence,
        "degraded": bool(outcome.degraded),
        "error": outcome.error or None,
        "findings": [_told(found) for found in outcome.findings[:_TOLD]],
    }
    delivery.publish("scan.completed", data, account=asked.account_id or None)


def _told(found: Found) -> dict[str, Any]:
    return {
        "reference": found.reference_name[:200],
        "reference_id": str(found.reference_id) if found.reference_id else None,
        "bank": found.bank,
        "confidence": found.confidence,
        "kinds": list(found.kinds),
    }
