"""`firebreak bank` without `--path`: the banks of the server's database, whose processes know within a second."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from firebreak.engine.errors import MediaError
from firebreak.faces.cli.bank import DONE, PARTLY
from firebreak.faces.cli.database import COMMAND_LINE, print_lines, print_table, reach, say
from firebreak.faces.cli.files import expand, printable
from firebreak.faces.cli.progress import counted, in_order

if TYPE_CHECKING:
    from firebreak.engine.fingerprint import Fingerprint
    from firebreak.engine.media.sandbox.pool import DecoderPool
    from firebreak.records.banks.models import Bank, Import, Reference

_BANKS: Final = ["name", "references", "signals", "enabled", "label", "description"]
_REFERENCES: Final = ["name", "kind", "duration", "signals", "added", "source", "note"]


def list_(data: Path | None, name: str | None, *, as_json: bool) -> int:
    reach(data)
    from firebreak.records.banks import queries
    from firebreak.records.banks.models import Bank

    rows = (_reference(r) for r in _all(queries.bank(name))) if name else (_bank(b) for b in Bank.objects.all())
    if as_json:
        print_lines(rows)
    elif told := list(rows):
        print_table(told, _REFERENCES if name else _BANKS)
    else:
        say("The bank is empty." if name else "There are no banks yet: firebreak bank create")
    return DONE


def create(data: Path | None, name: str, description: str) -> int:
    reach(data)
    from firebreak.records.banks import operations

    operations.create_bank(name, actor=COMMAND_LINE, description=description)
    sys.stdout.write(f"made {name}\n")
    return DONE


def add(data: Path | None, name: str, files: list[Path], *, source: str, note: str, as_json: bool, jobs: int) -> int:
    reach(data)
    from firebreak.engine.media.sandbox.pool import DecoderPool
    from firebreak.records.banks import queries

    failed = 0
    bank = queries.bank(name)
    with DecoderPool(size=jobs) as pool:
        pool.warm()
        for outcome in _added(bank, files, pool, jobs=jobs, source=source, note=note):
            failed += outcome["error"] is not None
            if as_json:
                print_lines([outcome])
            else:
                told = (
                    outcome["error"] or "; ".join(outcome["warnings"]) or ("added" if outcome["new"] else "was there")
                )
                sys.stdout.write(f"{printable(outcome['reference'])}: {told}\n")
    return PARTLY if failed else DONE


def remove(data: Path | None, name: str, references: list[str]) -> int:
    reach(data)
    from firebreak.records.banks import operations, queries

    bank = queries.bank(name)
    for reference in queries.named(bank, references):
        operations.remove_reference(reference, actor=COMMAND_LINE)
        sys.stdout.write(f"removed {reference}\n")
    return DONE


def export(data: Path | None, name: str, form: str) -> int:
    reach(data)
    from firebreak.records.banks import queries
    from firebreak.records.banks.transfer.export import export as pieces_of

    for piece in pieces_of(queries.bank(name), form):
        sys.stdout.write(piece)
    return DONE


def import_(data: Path | None, name: str, files: list[Path], *, as_json: bool) -> int:
    reach(data)
    from firebreak.records.banks import queries

    bank = queries.bank(name)
    ended = [_take_in(bank, path) for path in files]
    for path, told in zip(files, ended, strict=True):
        if as_json:
            print_lines([_import(path, told)])
        else:
            _tell(path, told)
    return PARTLY if any(told.rejected or told.problem for told in ended) else DONE


def _take_in(bank: Bank, path: Path) -> Import:
    from firebreak.records.banks import operations

    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        begun = operations.start_import(bank, filename=path.name[-300:], size=size, actor=COMMAND_LINE)
        for state in counted(operations.import_from(begun, file, actor=COMMAND_LINE), total=None, title="Importing"):
            begun = state
    return begun


def _tell(path: Path, told: Import) -> None:
    for row in told.report:
        field = f"{row['field']}: " if row["field"] else ""
        sys.stdout.write(printable(f"{path}:{row['row']}: {field}{row['problem']}; {row['hint']}") + "\n")
    if told.problem:
        sys.stdout.write(f"{printable(str(path))} could not be read to its end: {told.problem}\n")
    counts = f"{told.references_added} added, {told.duplicates} there already, {told.rejected} rejected"
    sys.stdout.write(f"{printable(str(path))}: {counts}\n")


def _added(
    bank: Bank, paths: list[Path], pool: DecoderPool, *, jobs: int, source: str, note: str
) -> Iterator[dict[str, Any]]:
    """Add files and yield what became of each: read side by side, written one after the other."""
    from firebreak.engine.fingerprint import fingerprint
    from firebreak.records.banks import drafts, operations
    from firebreak.records.common.errors import Problem

    def read(named: tuple[str, Path]) -> Fingerprint | str:
        try:
            return fingerprint(named[1], pool)
        except (MediaError, OSError) as problem:
            return str(problem)

    for (name, _), found in in_order(read, list(expand(paths)), jobs=jobs, title="Reading references"):
        outcome: dict[str, Any] = {"reference": name, "new": False, "error": None, "warnings": []}
        try:
            if isinstance(found, str):
                outcome["error"] = found
            else:
                draft = drafts.from_fingerprint(found, {"name": name, "source": source, "note": note})
                added = operations.add_draft(bank, draft, actor=COMMAND_LINE)
                outcome |= {"new": added.new, "warnings": [*found.warnings, *operations.doubts(draft)]}
        except Problem as problem:
            outcome["error"] = str(problem)
        yield outcome


def _all(bank: Bank) -> Iterator[Reference]:
    from firebreak.records.banks import queries

    after: int | None = None
    while page := list(queries.references(bank, after=after)):
        yield from page
        after = page[-1].pk


def _bank(bank: Bank) -> dict[str, Any]:
    return {
        "name": bank.name,
        "references": bank.references_held,
        "signals": bank.signals_held,
        "enabled": bank.enabled,
        "label": bank.label,
        "description": bank.description,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {
        "id": str(reference.public_id),
        "name": str(reference),
        "kind": reference.kind,
        "duration": reference.duration,
        "signals": reference.signals_held,
        "added": reference.added_at.isoformat(timespec="seconds"),
        "source": reference.source,
        "note": reference.note,
    }


def _import(path: Path, told: Import) -> dict[str, Any]:
    return {
        "file": str(path),
        "status": told.status,
        "problem": told.problem or None,
        "added": told.references_added,
        "signals": told.signals_added,
        "duplicates": told.duplicates,
        "rejected": told.rejected,
        "report": told.report,
    }
