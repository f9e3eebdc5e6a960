"""Adding, removing and restoring references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction

from firebreak.engine.errors import MediaError
from firebreak.engine.fingerprint import fingerprint
from firebreak.engine.media.sandbox.input_file import Source
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.records.banks import drafts, signals
from firebreak.records.banks.drafts import Draft
from firebreak.records.banks.expressions import CurrentTransaction
from firebreak.records.banks.models import Bank, Reference
from firebreak.records.banks.operations.common import announce, count, subject
from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, Invalid
from firebreak.records.ledger.operations import record


@dataclass(frozen=True, slots=True)
class Added:
    """A reference that is in the bank now; `new` tells whether it was not before."""

    reference: Reference
    new: bool
    warnings: tuple[str, ...] = ()


def add_reference_from_file(
    bank: Bank, source: Source, *, actor: Actor, pool: DecoderPool, name: str = "", note: str = "", origin: str = ""
) -> Added:
    """Read a file in the sandbox and add it; `origin` is where it comes from. The file is not kept.

    The same file again is the reference that there is. Raises Invalid when it cannot be read, Conflict, PoolBusy.
    """
    told = {"name": name, "note": note, "source": origin}
    drafts.checked(told)
    try:
        read = fingerprint(source, pool)
    except MediaError as problem:
        raise Invalid(problem.problem, problem.remedy or "send a picture, a video or a sound", field="file") from None
    draft = drafts.from_fingerprint(read, told)
    added = add_draft(bank, draft, actor=actor)
    return Added(added.reference, added.new, (*read.warnings, *doubts(draft)))


def add_reference_from_signals(
    bank: Bank,
    pairs: Sequence[tuple[str, str]],
    *,
    actor: Actor,
    name: str = "",
    kind: str = "",
    duration: float | None = None,
    note: str = "",
    origin: str = "",
) -> Added:
    """Add a reference of which only signals are known, as pairs of kind and text. Raises Invalid, Conflict."""
    told = {"name": name, "kind": kind, "duration": duration, "note": note, "source": origin}
    return add_draft(bank, drafts.from_signals(pairs, told), actor=actor)


def add_draft(bank: Bank, draft: Draft, *, actor: Actor) -> Added:
    """Add a draft, unless the bank has the same already. Raises Conflict when it has another of that name."""
    try:
        with transaction.atomic():
            there = _same(bank, draft)
            return Added(there, new=False) if there else Added(_write(bank, draft, actor), new=True)
    except IntegrityError:  # somebody was faster
        there = _same(bank, draft)
        if there is None:
            raise
        return Added(there, new=False)


def remove_reference(reference: Reference, *, actor: Actor, reason: str = "") -> Reference:
    """Have a reference match no more, at once. It can be restored. A second time nothing happens."""
    with transaction.atomic():
        gone = _locked(reference)
        if gone.removed_at is not None:
            return gone
        gone.removed_at, gone.removed_by, gone.removed_because = now(), str(actor), drafts.text(reason, "reason")
        _save(gone)
        record("reference.remove", actor=actor, subject=subject(gone), payload={"reason": reason})
        announce()
        count(gone.bank_id, -1, -gone.signals_held)
    return gone


def restore_reference(reference: Reference, *, actor: Actor, reason: str = "") -> Reference:
    """Have a removed reference match again. Raises Conflict when its name, or the same content, was added since."""
    with transaction.atomic():
        back = _locked(reference)
        if back.removed_at is None:
            return back
        _require_free(back)
        back.removed_at, back.removed_by, back.removed_because = None, "", ""
        _save(back)
        record("reference.restore", actor=actor, subject=subject(back), payload={"reason": reason})
        announce()
        count(back.bank_id, 1, back.signals_held)
    return back


def _write(bank: Bank, draft: Draft, actor: Actor) -> Reference:
    reference = Reference.objects.create(bank=bank, added_by=str(actor), signals_held=draft.signals, **_fields(draft))
    columns = signals.Columns()
    columns.add(draft)
    with connection.cursor() as cursor:
        signals.write(cursor.cursor, np.array([reference.pk], np.int64), columns)
    told = {"bank": str(bank.public_id), "kind": draft.kind, "signals": draft.signals, "identity": draft.identity.hex}
    record("reference.add", actor=actor, subject=subject(reference), payload=told)
    announce()
    count(bank.pk, 1, draft.signals)
    return reference


def _fields(draft: Draft) -> dict[str, Any]:
    names = ("name", "kind", "duration", "note", "source", "sha256", "md5", "identity")
    return {name: getattr(draft, name) for name in names}


def _same(bank: Bank, draft: Draft) -> Reference | None:
    """Return the reference that a draft would double. Raises Conflict when its name is another's."""
    live = Reference.objects.filter(bank=bank, removed_at=None)
    there = live.filter(identity=draft.identity).first()
    if there is None and draft.name and live.filter(name=draft.name).exists():
        raise _name_taken(bank, draft.name)
    return there


def _require_free(reference: Reference) -> None:
    others = Reference.objects.filter(bank_id=reference.bank_id, removed_at=None)
    if there := others.filter(identity=reference.identity).first():
        raise Conflict(f"the same content was added again since, as {there}", "nothing needs to be restored")
    if reference.name and others.filter(name=reference.name).exists():
        raise _name_taken(reference.bank, reference.name)


def _name_taken(bank: Bank, name: str) -> Conflict:
    return Conflict(
        f"{bank.name} has another reference named {name!r:.100}", "use another name, or remove that one", field="name"
    )


def _locked(reference: Reference) -> Reference:
    return Reference.objects.select_for_update(no_key=True).get(pk=reference.pk)


def _save(reference: Reference) -> None:
    """Write whether a reference is live, and say to all who follow that it changed."""
    told = {name: getattr(reference, name) for name in ("removed_at", "removed_by", "removed_because")}
    try:
        with transaction.atomic():
            Reference.objects.filter(pk=reference.pk).update(changed_xid=CurrentTransaction(), **told)
    except IntegrityError:
        raise Conflict("its name or content was added again this moment", "look at the bank and try again") from None


def doubts(draft: Draft) -> tuple[str, ...]:
    """Return what whoever adds a file should know of it."""
    if draft.times:
        return ()
    return ("no picture of it has detail enough to be recognised: only the very same file will match",)
