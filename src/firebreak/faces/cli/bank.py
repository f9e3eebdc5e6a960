"""`firebreak bank`: make banks, fill them, look into them, take them elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.shelf import Shelf
from firebreak.engine.errors import BankError
from firebreak.faces.cli.files import UsageError, printable

DONE, PARTLY = 0, 2
# A process that is killed in the middle of many files loses no more than this (s).
KEEP_EVERY = 30.0


def list_(path: Path, name: str | None, *, as_json: bool) -> int:
    shelf = Shelf(path)
    if name is not None:
        rows = [asdict(reference) for reference in shelf.open(name).references()]
        columns = ["name", "kind", "duration", "added", "source", "note"]
    else:
        rows = [_summary(shelf.open(known)) for known in shelf.names()]
        columns = ["name", "references", "frames", "description"]
    if as_json:
        _lines(rows)
    elif rows:
        _table(rows, columns)
    else:
        sys.stdout.write(
            "The bank is empty.\n" if name else f"{path} holds no banks. Make one: firebreak bank create\n"
        )
    return DONE


def create(path: Path, name: str, description: str) -> int:
    Shelf(path).create(name, description)
    sys.stdout.write(f"made {name}\n")
    return DONE


def add(path: Path, name: str, files: list[Path], *, source: str, note: str, as_json: bool, jobs: int) -> int:
    from firebreak.engine.media.sandbox.pool import DecoderPool
    from firebreak.faces.cli.references import add_files

    failed = 0
    shelf = Shelf(path)
    with DecoderPool(size=jobs) as pool, shelf.change(name) as bank:
        pool.warm()
        kept = time.monotonic()
        for outcome in add_files(bank, files, pool, jobs=jobs, source=source, note=note):
            if time.monotonic() - kept > KEEP_EVERY:
                shelf.keep(bank)
                kept = time.monotonic()
            failed += outcome.error is not None
            if as_json:
                _lines([{"reference": outcome.name, "error": outcome.error, "warnings": list(outcome.warnings)}])
            else:
                told = outcome.error or "; ".join(outcome.warnings) or "added"
                sys.stdout.write(f"{printable(outcome.name)}: {told}\n")
    return PARTLY if failed else DONE


def remove(path: Path, name: str, references: list[str]) -> int:
    with Shelf(path).change(name) as bank:
        missing = [reference for reference in references if reference not in bank]
        if missing:
            raise BankError(f"{name} has no reference named {', '.join(missing)}", "nothing was removed")
        for reference in dict.fromkeys(references):
            bank.remove(reference)
            sys.stdout.write(f"removed {reference}\n")
    return DONE


def export(path: Path, name: str, form: str) -> int:
    from firebreak.engine.banks import transfer

    writers: dict[str, Callable[[Bank, TextIO], None]] = {
        "jsonl": transfer.write_jsonl,
        "csv": transfer.write_csv,
    }
    if form not in writers:
        raise UsageError(f"{form!r} is no form of export", f"use one of {', '.join(writers)}")
    writers[form](Shelf(path).open(name), sys.stdout)
    return DONE


def import_(path: Path, name: str, files: list[Path], *, as_json: bool) -> int:
    from firebreak.engine.banks import transfer

    added, rejects = 0, []
    with Shelf(path).change(name) as bank:
        for file in files:
            for entry in transfer.read(file):
                reject = entry if isinstance(entry, transfer.Reject) else _take(bank, entry)
                if reject is None:
                    added += 1
                else:
                    rejects.append({"file": str(file), "line": reject.line, "problem": reject.problem})
    if as_json:
        _lines([{"added": added, "rejected": rejects}])
    else:
        for told in rejects:
            sys.stdout.write(f"{told['file']}:{told['line']}: {told['problem']}\n")
        sys.stdout.write(f"{added} added, {len(rejects)} rejected\n")
    return PARTLY if rejects else DONE


def _take(bank: Bank, entry: Any) -> Any:
    from firebreak.engine.banks.transfer import Reject

    try:
        bank.add(entry.reference, entry.times, entry.codes)
    except BankError as problem:
        return Reject(0, str(problem))
    return None


def _summary(bank: Bank) -> dict[str, Any]:
    return {
        "name": bank.name,
        "references": len(bank),
        "frames": bank.frames,
        "description": bank.description,
    }


def _lines(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def _table(rows: list[dict[str, Any]], columns: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[c] is None else printable(str(row[c]))) for c in columns))
    Console(highlight=False).print(table)
