"""Taking in a file of signals: batch by batch, so that a kill loses no more than a batch and never half of one."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Any, BinaryIO, Final

import numpy as np
import psycopg
from django.db import connection, transaction

from firebreak.records.banks import signals
from firebreak.records.banks.drafts import text
from firebreak.records.banks.models import Bank, Import, ImportStatus
from firebreak.records.banks.operations.common import announce, count
from firebreak.records.banks.transfer import table
from firebreak.records.banks.transfer.batches import Batch, ahead, batches
from firebreak.records.banks.transfer.forms import FORMS, form_of
from firebreak.records.banks.transfer.rows import Reject
from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Invalid
from firebreak.records.ledger.operations import record

# As many rows are told of one by one; the others are only counted.
MAX_REPORT: Final = 1_000
_TRIES: Final = 5
# One look into an index for each: a table that grows by a million rows misleads the planner until it is analysed.
_THERE: Final = """
    SELECT asked FROM unnest(%(keys)s::uuid[]) AS asked CROSS JOIN LATERAL (
        SELECT FROM banks_reference WHERE bank_id = %(bank)s AND removed_at IS NULL AND identity = asked LIMIT 1) AS it
"""
_NAMED: Final = """
    SELECT asked FROM unnest(%(names)s::text[]) AS asked CROSS JOIN LATERAL (
        SELECT FROM banks_reference
        WHERE bank_id = %(bank)s AND removed_at IS NULL AND name <> '' AND name = asked LIMIT 1) AS it
"""
_LOOK_UP: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"


def start_import(bank: Bank, *, filename: str, size: int, actor: Actor, form: str = "", source: str = "") -> Import:
    """Begin to take in a file of `size` bytes. Raises Invalid when it has no form that can be read."""
    with transaction.atomic():
        begun = Import.objects.create(
            bank=bank,
            filename=text(filename, "filename", 300) or "import",
            form=form_of(filename, form),
            source=text(source, "source"),
            size=size,
            created_by=str(actor),
        )
        told = {"bank": str(bank.public_id), "form": begun.form, "size": size}
        record("import.start", actor=actor, subject=f"import:{begun.pk}", payload=told)
    return begun


def import_from(begun: Import, file: BinaryIO, *, actor: Actor) -> Generator[Import, None, None]:
    """Take in a file from where it was left, and tell after every batch how it stands. Ends the import.

    A file that cannot be read on ends it early; what was taken stays, and the import says so.
    """
    Import.objects.filter(pk=begun.pk).update(status=ImportStatus.RUNNING)
    begun.refresh_from_db()
    try:
        rows = FORMS[begun.form](file, begun.filename)
        for batch in ahead(batches(rows, file, after=begun.rows, source=begun.source)):
            begun = import_rows(begun, batch, actor=actor)
            yield begun
    except Invalid as problem:
        yield fail_import(begun, str(problem), actor=actor)
    else:
        yield end_import(begun, actor=actor)


def import_rows(begun: Import, batch: Batch, *, actor: Actor) -> Import:
    """Take in one batch, or none of it; what was taken in before is left as it is."""
    # Most lists are new as a whole, or hardly: nothing is looked up until the bank has refused something.
    look = begun.duplicates > 0
    for _ in range(_TRIES - 1):
        try:
            return _batch(begun, batch, actor, look=look)
        except psycopg.errors.UniqueViolation:
            look = True  # if it was another writer this moment, it is seen now
    return _batch(begun, batch, actor, look=look)


def end_import(begun: Import, *, actor: Actor) -> Import:
    return _end(begun, ImportStatus.DONE, "", actor)


def fail_import(begun: Import, problem: str, *, actor: Actor) -> Import:
    return _end(begun, ImportStatus.FAILED, problem, actor)


def _end(begun: Import, status: ImportStatus, problem: str, actor: Actor) -> Import:
    with transaction.atomic():
        ended = Import.objects.select_for_update().get(pk=begun.pk)
        if ended.finished_at is not None:
            return ended
        ended.status, ended.problem, ended.finished_at = status, problem, now()
        ended.done = ended.size if status == ImportStatus.DONE else ended.done
        ended.save(update_fields=["status", "problem", "finished_at", "done"])
        told = {
            name: getattr(ended, name)
            for name in ("rows", "references_added", "signals_added", "duplicates", "rejected", "status")
        }
        record("import.end", actor=actor, subject=f"import:{ended.pk}", payload=told)
    return ended


def _batch(begun: Import, batch: Batch, actor: Actor, *, look: bool) -> Import:
    with transaction.atomic(), connection.cursor() as cursor:
        state = Import.objects.select_for_update().get(pk=begun.pk)
        if state.rows >= batch.last:
            return state
        there, named = _looked_up(cursor.cursor, state.bank_id, batch) if look else (set(), set())
        fresh, known = _sorted(batch, there, named)
        added = _write(cursor.cursor, state, batch, fresh, actor)
        duplicates = [reject for reject in known if reject.field == ""]
        state.rows, state.done = batch.last, batch.done
        state.references_added += len(fresh)
        state.signals_added += added
        state.duplicates += len(duplicates)
        state.rejected += len(batch.rejects) + len(known) - len(duplicates)
        _tell(state, sorted([*batch.rejects, *known]))
        state.save()
        if fresh:
            announce()
            count(state.bank_id, len(fresh), added)
    return state


def _write(cursor: Any, state: Import, batch: Batch, fresh: Sequence[int], actor: Actor) -> int:
    """Write what stands at `fresh` in the batch, and the entry of it; return how many signals."""
    if not fresh:
        return 0
    own = [batch.own[place] for place in fresh]
    references = np.zeros(len(batch.rows), np.int64)
    references[fresh] = table.write(cursor, own, bank=state.bank_id, added_by=str(actor), added_at=now())
    added = signals.write(cursor, references, batch.signals)
    digest = hashlib.sha256(b"".join(batch.keys[place] for place in fresh)).hexdigest()
    told = {"references": len(fresh), "signals": added, "identities_sha256": digest}
    record("import.rows", actor=actor, subject=f"import:{state.pk}", payload=told)
    return added


def _looked_up(cursor: Any, bank: int, batch: Batch) -> tuple[set[bytes], set[str]]:
    """Return which contents and which names the bank has already."""
    cursor.execute(_LOOK_UP)
    keys = "{" + ",".join(key.hex() for key in batch.keys) + "}"
    there = {identity.bytes for (identity,) in cursor.execute(_THERE, {"bank": bank, "keys": keys}).fetchall()}
    names = [name for name in batch.names if name]
    found = cursor.execute(_NAMED, {"bank": bank, "names": names}).fetchall() if names else []
    return there, {name for (name,) in found}


def _sorted(batch: Batch, there: set[bytes], named: set[str]) -> tuple[list[int], list[Reject]]:
    """Tell what is new, by its place in the batch, from what is there already and what takes another's name.

    `there` and `named` grow by what is new.
    """
    fresh: list[int] = []
    known: list[Reject] = []
    for place, (row, key, name) in enumerate(zip(batch.rows, batch.keys, batch.names, strict=True)):
        if key in there:
            known.append(Reject(row, "", "the bank has this content already", "nothing needs to be done"))
        elif name in named:
            told = f"the bank has another reference named {name!r:.100}"
            known.append(Reject(row, "name", told, "use another name, or remove that one"))
        else:
            fresh.append(place)
            there.add(key)
            if name:
                named.add(name)
    return fresh, known


def _tell(state: Import, rejects: Sequence[Reject]) -> None:
    room = MAX_REPORT - len(state.report)
    state.report = [*state.report, *(_told(reject) for reject in rejects[:room])]


def _told(reject: Reject) -> dict[str, Any]:
    """Return a row of the report, which has no half surrogate pairs: no database keeps them."""
    return {name: _clean(value) for name, value in reject._asdict().items()}


def _clean(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) else value
