"""References into the database, many at a time."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from psycopg import Cursor

from firebreak.records.banks.drafts import Draft
from firebreak.records.banks.signals import HEADER, TRAILER

_COPY: Final = """
    COPY banks_reference (id, public_id, bank_id, added_at, added_by, removed_by, removed_because,
                          identity, signals_held, name, kind, note, source, duration, sha256, md5)
    FROM STDIN (FORMAT BINARY)
"""
_NUMBERS: Final = "SELECT nextval(pg_get_serial_sequence('banks_reference', 'id')) FROM generate_series(1, %s)"
_IDS: Final = struct.Struct(">hiqi16s")
_COMMON: Final = struct.Struct(">iqiq")
_OWN: Final = struct.Struct(">i16sii")
_SIZE: Final = struct.Struct(">i")
_NULL: Final = _SIZE.pack(-1)
_DURATION: Final = struct.Struct(">id")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


def row(draft: Draft) -> bytes:
    """Return what is a reference's own of its row."""
    return b"".join(
        (
            _OWN.pack(16, draft.key, 4, draft.signals),
            _text(draft.name),
            _text(draft.kind),
            _text(draft.note),
            _text(draft.source),
            _NULL if draft.duration is None else _DURATION.pack(8, draft.duration),
            _bytes(draft.sha256),
            _bytes(draft.md5),
        )
    )


def write(cursor: Cursor[Any], rows: Sequence[bytes], *, bank: int, added_by: str, added_at: datetime) -> list[int]:
    """Write references and return their numbers. Raises psycopg.errors.UniqueViolation."""
    numbers = [number for (number,) in cursor.execute(_NUMBERS, [len(rows)]).fetchall()]
    common = _COMMON.pack(8, bank, 8, (added_at - _EPOCH) // timedelta(microseconds=1))
    common += _text(added_by) + _text("") * 2
    parts = [HEADER]
    for number, public, own in zip(numbers, _public_ids(len(rows), added_at), rows, strict=True):
        parts += (_IDS.pack(16, 8, number, 16, public), common, own)
    parts.append(TRAILER)
    with cursor.copy(_COPY) as copy:
        copy.write(b"".join(parts))
    return numbers


def _text(value: str) -> bytes:
    data = value.encode()
    return _SIZE.pack(len(data)) + data


def _bytes(value: bytes | None) -> bytes:
    return _NULL if value is None else _SIZE.pack(len(value)) + value


def _public_ids(count: int, at: datetime) -> list[bytes]:
    """Return UUIDv7s of one millisecond."""
    ids = np.frombuffer(bytearray(os.urandom(16 * count)), np.uint8).reshape(count, 16)
    ids[:, :6] = np.frombuffer(int(at.timestamp() * 1000).to_bytes(6, "big"), np.uint8)
    ids[:, 6] = ids[:, 6] & 0x0F | 0x70
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    whole = ids.tobytes()
    return [whole[start : start + 16] for start in range(0, len(whole), 16)]
