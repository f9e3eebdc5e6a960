"""Ending scans that were not answered at once."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import now
from firebreak.records.content.models import Fingerprint, Scan, State, Untallied
from firebreak.records.content.operations.details import note, tell, write_findings
from firebreak.records.content.outcome import Asked, Outcome


def begin_try(id_: UUID) -> int | None:
    """Count one more try of a scan; return which it is, or None where the scan is over or unknown.

    Committed before the try begins, so that one that takes its worker down counts as well.
    """
    if not Scan.objects.filter(pk=id_, state=State.PENDING).update(tries=F("tries") + 1):
        return None
    return Scan.objects.values_list("tries", flat=True).get(pk=id_)


def finish(id_: UUID, outcome: Outcome) -> bool:
    """Give a scan that is waited for its end, and tell of it; return False where it had one already."""
    with transaction.atomic():
        scan = Scan.objects.select_for_update(of=("self",)).select_related("item").filter(pk=id_).first()
        if scan is None or scan.state != State.PENDING:
            return False
        _close(scan, outcome)
        write_findings(id_, outcome.findings)
        if outcome.prints:
            prints = outcome.prints
            Fingerprint.objects.create(
                scan=scan, sha256=prints.sha256, codes=prints.codes, times=prints.times, quality=prints.quality
            )
        if outcome.verdict == "allow":
            Untallied.objects.create(scan=scan)
        else:
            note(id_, outcome, SYSTEM)
        tell(id_, Asked(scan.asked_by, scan.item.content_id, scan.item.account_id, scan.surface), outcome)
    return True


def _close(scan: Scan, outcome: Outcome) -> None:
    scan.state = State.FAILED if outcome.failed else State.DONE
    scan.verdict = outcome.verdict
    scan.confidence = outcome.confidence
    scan.degraded = outcome.degraded
    scan.error = outcome.error
    scan.decision = dict(outcome.decision)
    scan.media = {**scan.media, **outcome.media}
    scan.ms = outcome.ms
    scan.finished_at = now()
    scan.save()
