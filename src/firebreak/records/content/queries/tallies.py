"""What the ledger's tallies were reckoned over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from firebreak.records.content.models import Scan, Tally
from firebreak.records.content.tally import leaf


def tally_leaves(ids: Sequence[UUID]) -> Iterator[bytes]:
    """Give what a tally's root is reckoned over: of each scan, in the order of their ids."""
    rows = Scan.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "finished_at")
    return (leaf(id_, at) for id_, at in rows.iterator())


def tallied(tally: Tally) -> list[UUID]:
    """Return the scans that an entry of the ledger counted."""
    packed = bytes(tally.scans)
    return [UUID(bytes=packed[at : at + 16]) for at in range(0, len(packed), 16)]
