"""Every form in which a bank can be read, by name. To add one: write its reader, and add its line here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO, Final

from firebreak.records.banks.drafts import Codes, Draft
from firebreak.records.banks.transfer import csv_rows, json_rows
from firebreak.records.banks.transfer.rows import MAX_LINE, Reader, Row, guarded
from firebreak.records.common.errors import Invalid


def read_vpdq(file: BinaryIO, name: str) -> Iterator[Row]:
    """Read the pictures of one video, as the vPDQ tools or `tx` write them."""

    def draft() -> Draft:
        codes = Codes()
        codes.add("vpdq", file.read(MAX_LINE).decode("utf-8", "replace"), "vpdq")
        return codes.draft(name=PurePath(name).stem[:500])

    yield guarded(1, draft)


FORMS: Final[dict[str, Reader]] = {
    "csv": csv_rows.read,
    "jsonl": json_rows.read_lines,
    "json": json_rows.read_list,
    "vpdq": read_vpdq,
}
_SUFFIXES: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".txt": "vpdq"}


def form_of(filename: str, form: str = "") -> str:
    """Return the form that was asked for, or else the one that a file's name tells. Raises Invalid."""
    chosen = form or _SUFFIXES.get(PurePath(filename).suffix.lower(), "")
    if chosen not in FORMS:
        asked = f"{form!r:.40} is no form of import" if form else f"{filename!r:.100} does not tell which form it has"
        raise Invalid(asked, f"use one of {', '.join(FORMS)}", field="form")
    return chosen
