"""Scans as the API tells them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse

from firebreak.records.common import metrics
from firebreak.records.content.models import Finding, Scan, State
from firebreak.records.content.outcome import Asked, Found, Outcome
from firebreak.records.policies.decisions import NOTHING

ALLOWED: Final = NOTHING.told()


def answered(id_: UUID | None, asked: Asked, outcome: Outcome, at: datetime) -> dict[str, Any]:
    """Return a scan that was just done."""
    return {
        "id": str(id_) if id_ else None,
        "status": "failed" if outcome.failed else "done",
        "content_id": asked.content_id,
        "account_id": asked.account_id or None,
        "surface": asked.surface,
        "verdict": outcome.verdict,
        "confidence": outcome.confidence,
        "findings": [_finding(found, found.reference_id) for found in outcome.findings],
        "decision": outcome.decision or ALLOWED,
        "degraded": bool(outcome.degraded),
        "reason": outcome.degraded or None,
        "error": outcome.error or None,
        "media": dict(outcome.media),
        "ms": outcome.ms,
        "created_at": at.isoformat(),
        "finished_at": None,
    }


def pending(id_: UUID, asked: Asked, media: Mapping[str, Any], at: datetime, outcome: Outcome | None) -> dict[str, Any]:
    """Return a scan that waits for a worker; `outcome` is what a setting says meanwhile."""
    told = answered(id_, asked, outcome or Outcome(verdict="", media=media), at)
    unknown = {"status": "pending", "verdict": told["verdict"] or None, "media": dict(media)}
    return {**told, **unknown, "decision": outcome.decision if outcome else {}}


def stored(scan: Scan, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return a scan as it was written down."""
    return {
        "id": str(scan.pk),
        "status": scan.state,
        "content_id": scan.item.content_id,
        "account_id": scan.item.account_id or None,
        "surface": scan.surface,
        "verdict": scan.verdict or None,
        "confidence": scan.confidence,
        "findings": [_finding(found, found.reference_id) for found in findings],
        "decision": scan.decision or ({} if scan.state == State.PENDING else ALLOWED),
        "degraded": bool(scan.degraded),
        "reason": scan.degraded or None,
        "error": scan.error or None,
        "media": scan.media,
        "ms": scan.ms,
        "created_at": scan.created_at.isoformat(),
        "finished_at": scan.finished_at.isoformat() if scan.finished_at else None,
    }


def response(told: Mapping[str, Any]) -> HttpResponse:
    """Return a scan as an HTTP answer: 202 while it waits."""
    waits = told["status"] == "pending"
    metrics.SCANS.labels("pending" if waits else told["verdict"]).inc()
    if told["degraded"]:
        metrics.SCANS_DEGRADED.inc()
    answer = HttpResponse(json.dumps(told), status=202 if waits else 200, content_type="application/json")
    if waits:
        answer["Location"] = f"/api/v1/scans/{told['id']}"
        answer["Retry-After"] = "1"
    return answer


def _finding(found: Found | Finding, reference_id: UUID | None) -> dict[str, Any]:
    return {
        "reference": found.reference_name,
        "reference_id": str(reference_id) if reference_id else None,
        "bank": found.bank,
        "label": found.label,
        "confidence": found.confidence,
        "kinds": list(found.kinds),
        "distance": found.distance,
        "segments": [dict(segment) for segment in found.segments],
    }
