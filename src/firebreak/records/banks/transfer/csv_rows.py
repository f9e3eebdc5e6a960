"""CSV: a picture or a digest a row; the pictures of one video stand behind one another, under one name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import BinaryIO, Final

from firebreak.records.banks import drafts
from firebreak.records.banks.drafts import BEST_QUALITY, Codes, Draft
from firebreak.records.banks.transfer.rows import MAX_LINE, Row, guarded, lines
from firebreak.records.common.errors import Invalid

COLUMNS: Final = (
    "name", "kind", "duration", "time", "quality", "pdq", "vpdq", "sha256", "md5", "type", "value", "note", "source",
)  # fmt: skip
SIGNALS: Final = ("pdq", "vpdq", "sha256", "md5", "value")
_TOLD: Final = ("name", "kind", "duration", "note", "source")

csv.field_size_limit(MAX_LINE)  # the module's own limit is for all, and too short for a video's signals

Cells = Sequence[str]
Numbered = tuple[int, Cells]


def read(file: BinaryIO, _: str) -> Iterator[Row]:
    """Read a table with a header; a row is a line, the header being the first."""
    table = csv.reader(lines(file))
    try:
        header = [column.strip().lower() for column in next(table, [])]
        if not set(SIGNALS) & set(header):
            raise Invalid(
                f"the table has none of the columns {', '.join(SIGNALS)}",
                f"its first line names some of {', '.join(COLUMNS)}",
            )
        yield from _rows(_Table(header), ((table.line_num, cells) for cells in table if cells))
    except csv.Error as problem:
        raise Invalid(f"this is no table that can be read: {problem}", "export it again as CSV") from None


def _rows(table: _Table, numbered: Iterator[Numbered]) -> Iterator[Row]:
    if "name" not in table.place:
        yield from (guarded(number, partial(table.draft, [cells])) for number, cells in numbered)
        return
    name = table.cell("name")
    for named, group in groupby(numbered, key=lambda one: name(one[1])):
        if named:
            rows = list(group)
            yield guarded(rows[-1][0], partial(table.draft, [cells for _, cells in rows]))
        else:
            yield from (guarded(number, partial(table.draft, [cells])) for number, cells in group)


class _Table:
    """Knows where each column is."""

    def __init__(self, header: Sequence[str]) -> None:
        self.place = {column: place for place, column in enumerate(header) if column in COLUMNS}
        self._told = [(column, self.cell(column)) for column in _TOLD if column in self.place]
        self._digests = [(kind, self.cell(kind)) for kind in ("sha256", "md5", "vpdq") if kind in self.place]
        self._pdq, self._time, self._quality = self.cell("pdq"), self.cell("time"), self.cell("quality")
        self._type, self._value = self.cell("type"), self.cell("value")

    def cell(self, column: str) -> Callable[[Cells], str]:
        """Return what gives a row's text in a column, "" where it has none."""
        place = self.place.get(column)
        if place is None:
            return lambda _: ""
        return lambda cells: cells[place].strip() if place < len(cells) else ""

    def draft(self, rows: Sequence[Cells]) -> Draft:
        """Make a draft of all rows of one name. Raises Invalid."""
        codes = Codes()
        for kind, cell in self._digests:
            if value := cell(rows[0]):
                codes.add(kind, value, kind)
        for cells in rows:
            self._add(codes, cells)
        told: dict[str, str] = {column: value for column, cell in self._told if (value := cell(rows[0]))}
        return codes.draft(**drafts.checked(told))

    def _add(self, codes: Codes, cells: Cells) -> None:
        if code := self._pdq(cells):
            time, quality = self._time(cells), self._quality(cells)
            codes.picture(
                drafts.seconds(time, "time") if time else 0.0,
                code,
                drafts.whole(quality, "quality") if quality else BEST_QUALITY,
                "pdq",
            )
        if value := self._value(cells):
            codes.add(self._type(cells).lower(), value, "value")
