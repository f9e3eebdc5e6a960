"""Reads that span tables, or ask the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from firebreak.engine.findings import Finding, Thresholds
from firebreak.engine.media.sandbox.input_file import Source
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.scanner import Scanner
from firebreak.records.banks import drafts, library
from firebreak.records.banks.models import Bank, Import, Reference
from firebreak.records.common.errors import Invalid, NotFound

MOST: Final = 200
# As vPDQ's and PDQ's authors recommend.
_RADIUS: Final = 31


@dataclass(frozen=True, slots=True)
class Match:
    """A reference that was found, and by how many bits the nearest signals differ."""

    reference: Reference
    distance: int
    confidence: float | None = None  # only where a file was looked at


def bank(name: str) -> Bank:
    """Return a bank by name. Raises NotFound."""
    found = Bank.objects.filter(name=name).first() if name.isprintable() else None
    if found is None:
        raise NotFound(f"there is no bank named {name!r:.80}", "list the banks to see those there are", field="bank")
    return found


def reference(of: Bank, public_id: UUID) -> Reference:
    """Return a reference of a bank, removed or not. Raises NotFound."""
    found = Reference.objects.filter(bank=of, public_id=public_id).select_related("bank").first()
    if found is None:
        raise NotFound(
            f"the bank {of.name} has no reference {public_id}", "list the bank to see those it has", field="reference"
        )
    return found


def references(
    of: Bank, *, after: int | None = None, limit: int = MOST, text: str = "", removed: bool = False
) -> QuerySet[Reference]:
    """Return references of a bank, the newest first, those behind number `after`; `text` is part of the name."""
    found = Reference.objects.filter(bank=of, removed_at__isnull=not removed).order_by("-id")
    if after is not None:
        found = found.filter(pk__lt=after)
    if text:
        found = found.filter(name__icontains=text)
    return found[:limit]


def named(of: Bank, names: Sequence[str]) -> list[Reference]:
    """Return live references by name or id, each once. Raises NotFound when one is not there."""
    live = Reference.objects.filter(bank=of, removed_at=None).select_related("bank")
    found = {reference.name: reference for reference in live.filter(name__in=names)}
    ids = [id_ for name in names if name not in found and (id_ := _uuid(name))]
    found |= {str(reference.public_id): reference for reference in live.filter(public_id__in=ids)}
    if missing := [name for name in names if name not in found]:
        raise NotFound(f"{of.name} has no reference named {', '.join(missing)}", "nothing was done", field="reference")
    return list({found[name].pk: found[name] for name in names}.values())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def import_(id_: UUID) -> Import:
    """Return an import. Raises NotFound."""
    found = Import.objects.filter(pk=id_).select_related("bank").first()
    if found is None:
        raise NotFound(f"there is no import {id_}", "POST /api/v1/banks/{name}/import begins one", field="import")
    return found


def which_is(source: Source, pool: DecoderPool) -> list[Match]:
    """Return the references that a file shows, the surest first. Raises Invalid when it cannot be read, PoolBusy."""
    scan = Scanner(library.current(), pool=pool, thresholds=Thresholds()).scan(source)
    if scan.error and not scan.findings:
        raise Invalid(scan.error, "send a picture or a video", field="file")
    return _matches(list({f.key: f for f in reversed(scan.findings)}.values()))


def which_has(pairs: Sequence[tuple[str, str]]) -> list[Match]:
    """Return the references that have signals like these, the nearest first. Raises Invalid."""
    draft, known = drafts.from_signals(pairs, {}), library.current()
    nearest: dict[int, int] = {}
    exact = known.exact(sha256=draft.sha256.hex() if draft.sha256 else None, md5=draft.md5.hex() if draft.md5 else None)
    if draft.times:
        hits = known.search(drafts.pdq_codes(draft), _RADIUS)
        for row, distance in zip(hits.row.tolist(), hits.distance.tolist(), strict=True):
            nearest[row] = min(distance, nearest.get(row, distance))
    nearest |= dict.fromkeys(exact, 0)
    found = _live(list(nearest))
    return sorted((Match(found[row], nearest[row]) for row in found), key=lambda match: match.distance)


def _matches(findings: Sequence[Finding]) -> list[Match]:
    found = _live([f.key for f in findings])
    matches = [Match(found[f.key], f.distance, f.confidence) for f in findings if f.key in found]
    return sorted(matches, key=lambda match: -(match.confidence or 0.0))


def _live(rows: Sequence[int]) -> dict[int, Reference]:
    live = Reference.objects.filter(pk__in=rows, removed_at=None, bank__enabled=True)
    return {found.pk: found for found in live.select_related("bank")}
