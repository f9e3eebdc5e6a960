"""Rows in batches, each for one transaction: large enough to be fast, small enough that nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from firebreak.records.banks.transfer.rows import Reject, Row, Taken

REFERENCES: Final = 5_000
SIGNALS: Final = 20_000


@dataclass(slots=True)
class Batch:
    """Rows up to `last`, and how many bytes of the file were read by then."""

    taken: list[Taken] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    last: int = 0
    done: int = 0
    signals: int = 0

    @property
    def full(self) -> bool:
        return len(self.taken) + len(self.rejects) >= REFERENCES or self.signals >= SIGNALS

    def add(self, row: Row) -> None:
        self.last = row.row
        if isinstance(row, Reject):
            self.rejects.append(row)
        else:
            self.taken.append(row)
            self.signals += row.draft.signals


def batches(rows: Iterable[Row], file: BinaryIO, after: int = 0) -> Iterator[Batch]:
    """Yield the rows behind row `after` in batches."""
    batch = Batch()
    for row in rows:
        if row.row <= after:
            continue
        batch.add(row)
        if batch.full:
            batch.done = file.tell()
            yield batch
            batch = Batch()
    if batch.last:
        batch.done = file.tell()
        yield batch
