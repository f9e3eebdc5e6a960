"""Signals in and out of the database, in columns: a million of them are not a million objects.

Knows nothing of Django, so that a process which builds an index starts fast and small.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor
from psycopg.sql import SQL, Composed

from firebreak.engine.library.changes import MD5, PDQ, SHA256, Signals
from firebreak.records.banks.drafts import BEST_QUALITY, CODE_BYTES, Draft

# PostgreSQL's binary COPY: a header, then rows of fields with their lengths before them, then a last number.
HEADER: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER: Final = struct.pack(">h", -1)
_BATCH: Final = 1 << 16
_NONE: Final = 255

LIVE: Final = "FROM banks_signal s JOIN banks_reference r ON r.id = s.reference_id WHERE r.removed_at IS NULL"
_INSERT: Final = SQL("COPY banks_signal (reference_id, time, kind, quality, code) FROM STDIN (FORMAT BINARY)")
_SELECT: Final = SQL(
    "COPY (SELECT s.id, s.reference_id, s.kind, s.time, s.code, {extra} {what}) TO STDOUT (FORMAT BINARY)"
)


def _row_type(*fields: tuple[str, str]) -> np.dtype[Any]:
    """Return the layout of a row whose fields all have a fixed size."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, dtype in fields:
        layout += [(f"{name}_size", ">i4"), (name, dtype)]
    return np.dtype(layout)


_IN: Final = _row_type(("reference", ">i8"), ("time", ">f4"), ("kind", ">i2"), ("quality", ">i2"), ("code", "V32"))
_OUT: Final = _row_type(
    ("signal", ">i8"), ("reference", ">i8"), ("kind", ">i2"), ("time", ">f4"), ("code", "V32"), ("extra", ">i2")
)


class Columns:
    """The signals of drafts, in columns: no objects that Python would have to look after one by one."""

    def __init__(self) -> None:
        self._times = array("f")
        self._qualities = array("h")
        self._codes = bytearray()
        self._counts = array("q")  # of each draft's pictures
        self._kinds = bytearray()  # of each draft's digest
        self._digests = bytearray()

    def __len__(self) -> int:
        """How many signals there are."""
        return len(self._times) + len(self._kinds) - self._kinds.count(_NONE)

    def add(self, draft: Draft) -> None:
        self._times.extend(draft.times)
        self._qualities.extend(draft.qualities)
        self._codes += draft.codes
        self._counts.append(len(draft.times))
        kind, digest = _digest(draft)
        self._kinds.append(kind)
        self._digests += digest.ljust(CODE_BYTES, b"\0")

    def rows(self, references: NDArray[np.int64]) -> NDArray[np.void]:
        """Lay out the signals of drafts that became `references`, 0 for those that did not: pictures, then digests."""
        kinds = np.frombuffer(self._kinds, np.uint8)
        rows = np.zeros(len(self._times) + len(kinds), _IN)
        rows["fields"] = 5
        for name in ("reference", "time", "kind", "quality", "code"):
            rows[f"{name}_size"] = _IN[name].itemsize
        first, rest = rows[: len(self._times)], rows[len(self._times) :]
        first["reference"] = np.repeat(references, np.frombuffer(self._counts, np.int64))
        first["time"] = np.frombuffer(self._times, np.float32)
        first["quality"] = np.frombuffer(self._qualities, np.int16)
        first["kind"] = PDQ
        first["code"] = np.frombuffer(self._codes, "V32")
        rest["reference"] = np.where(kinds == _NONE, 0, references)
        rest["kind"] = kinds
        rest["quality"] = BEST_QUALITY
        rest["code"] = np.frombuffer(self._digests, "V32")
        return rows[rows["reference"] > 0]


def write(cursor: Cursor[Any], references: NDArray[np.int64], columns: Columns) -> int:
    """Write the signals of drafts that have become `references`, 0 for those that have not; return how many."""
    rows = columns.rows(references)
    with cursor.copy(_INSERT) as copy:
        copy.write(HEADER + rows.tobytes() + TRAILER)
    return len(rows)


def read(
    cursor: Cursor[Any], what: LiteralString, values: Sequence[Any] = (), extra: LiteralString = "1::smallint"
) -> Iterator[tuple[Signals, NDArray[np.int16]]]:
    """Yield signals in batches, each with the `extra` number; `what` is the query from FROM on, signals being `s`."""
    for rows in _batches(_chunks(cursor, _SELECT.format(extra=SQL(extra), what=SQL(what)), values)):
        signals = Signals(
            rows["signal"].astype(np.int64),
            rows["reference"].astype(np.int64),
            rows["kind"].astype(np.uint8),
            np.ascontiguousarray(rows["code"]).view(np.uint8).reshape(-1, CODE_BYTES),
            rows["time"].astype(np.float32),
        )
        yield signals, rows["extra"].astype(np.int16)


def _chunks(cursor: Cursor[Any], query: Composed, values: Sequence[Any]) -> Iterator[bytes]:
    with cursor.copy(query, values) as copy:
        for chunk in copy:
            yield bytes(chunk)


def _batches(chunks: Iterable[bytes]) -> Iterator[NDArray[np.void]]:
    buffer, skip = bytearray(), len(HEADER)
    for chunk in chunks:
        buffer += chunk
        if skip and len(buffer) >= skip:
            del buffer[:skip]
            skip = 0
        if len(buffer) >= _BATCH * _OUT.itemsize:
            yield _taken(buffer)
    if len(buffer) >= _OUT.itemsize:
        yield _taken(buffer)


def _taken(buffer: bytearray) -> NDArray[np.void]:
    """Take the whole rows out of the buffer."""
    size = len(buffer) // _OUT.itemsize * _OUT.itemsize
    rows = np.frombuffer(bytes(buffer[:size]), _OUT)
    del buffer[:size]
    return rows


def _digest(draft: Draft) -> tuple[int, bytes]:
    """Return the surest digest that is known of a file."""
    if draft.sha256:
        return SHA256, draft.sha256
    return (MD5, draft.md5) if draft.md5 else (_NONE, b"")
