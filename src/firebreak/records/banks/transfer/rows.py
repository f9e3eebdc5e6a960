"""What a reader yields: rows that can be taken, and rows that cannot, with why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final, NamedTuple

from firebreak.records.banks import drafts
from firebreak.records.banks.drafts import BEST_QUALITY, Codes, Draft
from firebreak.records.common.errors import Invalid

# Bytes: six hours of pictures, four a second, with room.
MAX_LINE: Final = 32_000_000


class Taken(NamedTuple):
    """A reference, by the last of its rows."""

    row: int
    draft: Draft


class Reject(NamedTuple):
    """A row that cannot be taken: what is wrong with which field, and what to do."""

    row: int
    field: str
    problem: str
    hint: str


Row = Taken | Reject
# Reads a file, whose name may stand for the reference's. Raises Invalid when no row after this can be read.
Reader = Callable[[BinaryIO, str], Iterator[Row]]


def guarded(row: int, make: Callable[[], Draft]) -> Row:
    """Return the draft, or why there is none."""
    try:
        return Taken(row, make())
    except Invalid as problem:
        return Reject(row, problem.field or "", problem.detail, problem.hint)


def lines(file: BinaryIO) -> Iterator[str]:
    """Yield lines of UTF-8 text; what is not UTF-8 becomes half surrogate pairs, which no field takes."""
    number, rest = 0, b"\xef\xbb\xbf"
    while line := file.readline(MAX_LINE):
        number += 1
        if len(line) == MAX_LINE:
            raise Invalid(f"line {number} is longer than {MAX_LINE} bytes", "give each reference a line of its own")
        yield line.removeprefix(rest).decode("utf-8", "surrogateescape")
        rest = b""


def from_json(told: Any) -> Draft:
    """Make a draft of one JSON object. Raises Invalid."""
    if not isinstance(told, dict):
        raise Invalid("this is no JSON object", 'write {"name": "...", "pdq": "..."}')
    codes = Codes()
    for kind in ("sha256", "md5", "pdq", "vpdq"):
        if told.get(kind):
            codes.add(kind, told[kind], kind)
    for number, signal in enumerate(_list(told, "signals")):
        _add_signal(codes, signal, f"signals[{number}]")
    if told.get("type") or told.get("value"):
        _add_signal(codes, told, "value")
    for number, frame in enumerate(_list(told, "frames")):
        _add_frame(codes, frame, f"frames[{number}]")
    return codes.draft(**drafts.checked(told))


def _list(told: Mapping[str, Any], field: str) -> list[Any]:
    value = told.get(field)
    if value is not None and not isinstance(value, list):
        raise Invalid(f"{field} is no list", "write it in brackets", field=field)
    return value or []


def _add_signal(codes: Codes, told: Any, field: str) -> None:
    match told:
        case {"type": str(kind), "value": str(value)} | {"kind": str(kind), "value": str(value)}:
            codes.add(kind.lower(), value, field)
        case _:
            raise Invalid(f"{told!r:.80} is no signal", 'write {"type": "pdq", "value": "..."}', field=field)


def _add_frame(codes: Codes, told: Any, field: str) -> None:
    match told:
        case [time, code]:
            codes.picture(drafts.seconds(time, field), code, BEST_QUALITY, field)
        case [time, code, quality]:
            codes.picture(drafts.seconds(time, field), code, drafts.whole(quality, field), field)
        case _:
            raise Invalid(f"{told!r:.80} is no picture", 'write [seconds, "pdq"]', field=field)
