"""Scans that end in `allow` change nothing, so the ledger counts them: one entry a minute over all of them."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from firebreak.records.common.actor import SYSTEM
from firebreak.records.content import queries
from firebreak.records.content.models import Tally, Untallied
from firebreak.records.ledger import operations as ledger

_MOST: Final = 20_000  # in one entry; what is left gets the next


def tally() -> int:
    """Write the ledger's entries over all scans that stand in none yet; return how many there were.

    A scan whose transaction commits meanwhile waits for the next time.
    """
    counted = 0
    while batch := _tally_some():
        counted += batch
        if batch < _MOST:
            break
    return counted


def _tally_some() -> int:
    with transaction.atomic():
        rows = Untallied.objects.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)
        ids = list(rows[:_MOST])
        if not ids:
            return 0
        entry = ledger.tally(
            "scan.tally", actor=SYSTEM, subject=f"scans:{ids[0]}:{ids[-1]}", batch=queries.tally_leaves(ids)
        )
        Tally.objects.create(entry=entry.uuid, scans=b"".join(id_.bytes for id_ in ids), count=len(ids))
        Untallied.objects.filter(pk__in=ids).delete()
    return len(ids)
