"""Work on banks that nobody waits for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, Protocol

from django.db import transaction
from procrastinate.contrib.django import app

from firebreak.records.banks import operations
from firebreak.records.banks.models import Bank, Import
from firebreak.records.common.actor import Actor
from firebreak.records.common.jobs import defer
from firebreak.records.common.settings import settings

TAKE_IN: Final = "banks.take_in"
QUEUE: Final = "exchange"
_PIECE: Final = 1 << 20


class Readable(Protocol):
    """What gives its bytes piece by piece."""

    def read(self, size: int, /) -> bytes: ...


def take_in_later(bank: Bank, file: Readable, *, filename: str, size: int, actor: Actor, **told: str) -> Import:
    """Keep a file until a worker has taken it in, and return the import that tells how far that is. Raises Invalid."""
    with transaction.atomic():
        begun = operations.start_import(bank, filename=filename, size=size, actor=actor, **told)
        _keep(file, spooled(begun))
        defer(TAKE_IN, queue=QUEUE, import_id=str(begun.pk), actor=[actor.kind, actor.id, actor.name])
    return begun


def spooled(begun: Import) -> Path:
    """Return where the file of an import waits. Workers on other machines share the folder, or do no imports."""
    return settings().data / "spool" / "imports" / str(begun.pk)


@app.task(name=TAKE_IN, queue=QUEUE)
def take_in(import_id: str, actor: list[Any]) -> None:
    """Take in a file. After a kill it goes on behind the last whole batch."""
    by = Actor(*actor)
    begun = Import.objects.get(pk=import_id)
    path = spooled(begun)
    if begun.finished_at is None:
        try:
            with path.open("rb") as file:
                for _ in operations.import_from(begun, file, actor=by):
                    pass
        except FileNotFoundError:
            operations.fail_import(begun, "the file was lost before it was taken in: send it again", actor=by)
    path.unlink(missing_ok=True)


def _keep(file: Readable, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        while piece := file.read(_PIECE):
            kept.write(piece)
        kept.flush()
        os.fsync(kept.fileno())
