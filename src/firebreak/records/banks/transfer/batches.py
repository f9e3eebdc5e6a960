"""Rows in batches, each for one transaction: large enough to be fast, small enough that nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from firebreak.records.banks.signals import Columns
from firebreak.records.banks.transfer import table
from firebreak.records.banks.transfer.rows import Reject, Row
from firebreak.records.common.errors import Invalid

REFERENCES: Final = 5_000
SIGNALS: Final = 20_000


@dataclass(slots=True)
class Batch:
    """Rows up to `last`, and how many bytes of the file were read by then. What can be taken stands in columns."""

    rows: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    own: list[bytes] = field(default_factory=list)  # as `table.row` makes them
    signals: Columns = field(default_factory=Columns)
    rejects: list[Reject] = field(default_factory=list)
    last: int = 0
    done: int = 0

    @property
    def full(self) -> bool:
        return len(self.rows) + len(self.rejects) >= REFERENCES or len(self.signals) >= SIGNALS

    def add(self, row: Row, source: str) -> None:
        self.last = row.row
        if isinstance(row, Reject):
            self.rejects.append(row)
            return
        draft = row.draft._replace(source=source) if source and not row.draft.source else row.draft
        self.rows.append(row.row)
        self.keys.append(draft.key)
        self.names.append(draft.name)
        self.own.append(table.row(draft))
        self.signals.add(draft)


def batches(rows: Iterable[Row], file: BinaryIO, *, after: int = 0, source: str = "") -> Iterator[Batch]:
    """Yield the rows behind row `after` in batches; `source` is where references come from that do not say so.

    Raises Invalid, after the last of them, when no more can be read.
    """
    batch, broken = Batch(), None
    for row in _readable(rows):
        if isinstance(row, Invalid):
            broken = row
        elif row.row > after:
            batch.add(row, source)
        if batch.full:
            batch.done = file.tell()
            yield batch
            batch = Batch()
    if batch.last:
        batch.done = file.tell()
        yield batch
    if broken:
        raise broken


def _readable(rows: Iterable[Row]) -> Iterator[Row | Invalid]:
    """Yield rows, and last why no more can be read, so that those before it are not lost."""
    try:
        yield from rows
    except Invalid as problem:
        yield problem


def ahead(made: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same, with the next batch being read while the database is busy with this one."""
    with ThreadPoolExecutor(1, "import") as reader:
        coming = reader.submit(next, made, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, made, None)
            yield batch
