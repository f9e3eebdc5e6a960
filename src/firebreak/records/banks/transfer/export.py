"""Banks as text on their way out, in forms that come in again. A reference at a time is in memory, never a bank."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final

from firebreak.records.banks.models import Bank, Reference, Signal, SignalKind
from firebreak.records.common.errors import Invalid

_CHUNK: Final = 1_000
COLUMNS: Final = ("name", "kind", "duration", "time", "quality", "pdq", "sha256", "md5", "note", "source")
Frame = tuple[float, int, str]


def export(bank: Bank, form: str) -> Iterator[str]:
    """Yield a bank's live references as text, piece by piece. Raises Invalid for a form that there is not."""
    if form not in WRITERS:
        raise Invalid(f"{form!r:.40} is no form of export", f"use one of {', '.join(WRITERS)}", field="form")
    return WRITERS[form](bank)


def _jsonl(bank: Bank) -> Iterator[str]:
    for reference, frames in _references(bank):
        told = _told(reference) | {"frames": [[time, code, quality] for time, quality, code in frames]}
        yield json.dumps({name: value for name, value in told.items() if value}, ensure_ascii=False) + "\n"


def _csv(bank: Bank) -> Iterator[str]:
    line = csv.writer(_Echo(), lineterminator="\n").writerow
    yield line(COLUMNS)
    for reference, frames in _references(bank):
        told = _told(reference)
        pictures = [{"time": time, "quality": quality, "pdq": code} for time, quality, code in frames]
        for picture in pictures or [{}]:
            row = told | picture
            yield line([row.get(column) for column in COLUMNS])


WRITERS: Final[dict[str, Callable[[Bank], Iterator[str]]]] = {"jsonl": _jsonl, "csv": _csv}


class _Echo:
    """Gives back what a csv writer writes."""

    def write(self, text: str) -> str:
        return text


def _told(reference: Reference) -> dict[str, Any]:
    return {
        # A video's rows are told by its name: without one it goes by its id.
        "name": reference.name or (str(reference.public_id) if reference.signals_held > 1 else ""),
        "kind": reference.kind,
        "duration": reference.duration,
        "sha256": bytes(reference.sha256).hex() if reference.sha256 else "",
        "md5": bytes(reference.md5).hex() if reference.md5 else "",
        "note": reference.note,
        "source": reference.source,
    }


def _references(bank: Bank) -> Iterator[tuple[Reference, list[Frame]]]:
    last = 0
    live = Reference.objects.filter(bank=bank, removed_at=None).order_by("id")
    while chunk := list(live.filter(pk__gt=last)[:_CHUNK]):
        frames = _frames([reference.pk for reference in chunk])
        yield from ((reference, frames.get(reference.pk, [])) for reference in chunk)
        last = chunk[-1].pk


def _frames(references: list[int]) -> dict[int, list[Frame]]:
    pictures = (
        Signal.objects.filter(reference__in=references, kind=SignalKind.PDQ)
        .order_by("reference_id", "id")
        .values_list("reference_id", "time", "quality", "code")
    )
    return {
        key: [(round(time, 3), quality, bytes(code).hex()) for _, time, quality, code in group]
        for key, group in groupby(pictures, key=lambda row: row[0])
    }
