"""Banks as text: what is known leaves and enters as signals, without the files.

| form | one line or row is |
|---|---|
| jsonl | a reference: its fields and `"frames": [[seconds, "pdq"], ...]` |
| csv | a picture: `name,kind,time,pdq,sha256,md5`; only a name and one signal are needed |
| txt, json | a picture of one video, as the vPDQ tool or `tx` write it; the file's name becomes the reference's |
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from itertools import count, groupby
from pathlib import Path
from typing import Any, Final, TextIO, get_args

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Kind, Reference
from firebreak.engine.errors import BankError, SignalError
from firebreak.engine.fingerprint import MIN_QUALITY
from firebreak.engine.signals import pdq, vpdq

CSV_COLUMNS: Final = ("name", "kind", "time", "pdq", "sha256", "md5")
_DIGESTS: Final = {"sha256": re.compile("[0-9a-f]{64}"), "md5": re.compile("[0-9a-f]{32}")}
_MAX_TIME: Final = 1e6
# Characters: six hours of pictures, four a second, with room.
_MAX_LINE: Final = 32_000_000

csv.field_size_limit(_MAX_LINE)  # the module's own limit is for all, and too short for a video's signals


@dataclass(frozen=True, slots=True)
class Entry:
    """A reference with its timed codes, on its way in or out."""

    reference: Reference
    times: NDArray[np.float64]  # (n,) seconds
    codes: NDArray[np.uint64]  # (n, 4)


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that cannot be taken, and why."""

    line: int
    problem: str


def write_jsonl(bank: Bank, out: TextIO) -> None:
    for reference in bank.references():
        times, codes = bank.codes(reference.name)
        frames = [[round(float(t), 3), pdq.to_hex(c)] for t, c in zip(times, codes, strict=True)]
        out.write(json.dumps(asdict(reference) | {"frames": frames}, ensure_ascii=False) + "\n")


def write_csv(bank: Bank, out: TextIO) -> None:
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    for reference in bank.references():
        times, codes = bank.codes(reference.name)
        exact = (reference.sha256 or "", reference.md5 or "")
        for time, code in zip(times, codes, strict=True):
            rows.writerow((reference.name, reference.kind, f"{time:.3f}", pdq.to_hex(code), *exact))
        if not len(times):
            rows.writerow((reference.name, reference.kind, "", "", *exact))


def read(path: Path) -> Iterator[Entry | Reject]:
    """Yield what a file brings, line by line, with a reject for every line that does not fit.

    Raises BankError when the file is of no known form.
    """
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".txt": _read_vpdq, ".json": _read_vpdq}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BankError(f"{path.name} is of no form that can be imported", f"use one of {', '.join(readers)}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from reader(file, path.stem)
    except csv.Error as problem:
        raise BankError(f"{path.name} is no table that can be read: {problem}", "export it again as CSV") from problem
    except UnicodeDecodeError as problem:
        raise BankError(f"{path.name} is not UTF-8 text: {problem.reason}", "export it again as UTF-8") from None


def _read_jsonl(file: TextIO, _: str) -> Iterator[Entry | Reject]:
    for number in count(1):
        line = file.readline(_MAX_LINE)
        if not line:
            return
        if len(line) == _MAX_LINE:
            raise BankError(
                f"line {number} is longer than {_MAX_LINE} characters", "give each reference a line of its own"
            )
        if line.strip():
            yield _guarded(number, partial(_from_json, line))


def _from_json(line: str) -> Entry:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise BankError(f"the line is no JSON that can be read: {problem}") from problem
    if not isinstance(told, dict):
        raise BankError("the line is no JSON object")
    known = {f.name for f in fields(Reference)}
    reference = _checked({"kind": "video"} | {k: v for k, v in told.items() if k in known})
    frames = told.get("frames", [])
    if not isinstance(frames, list) or not all(_is_frame(frame) for frame in frames):
        raise BankError('"frames" is no list of [seconds, "pdq"]')
    return _with_frames(reference, [f[0] for f in frames], [f[1] for f in frames])


def _is_frame(frame: Any) -> bool:
    return isinstance(frame, list) and len(frame) == 2 and isinstance(frame[1], str)


def _read_csv(file: TextIO, _: str) -> Iterator[Entry | Reject]:
    rows = csv.DictReader(file)
    if missing := {"name"} - set(rows.fieldnames or ()):
        raise BankError(f"the table lacks the column {', '.join(missing)}", f"it may have {', '.join(CSV_COLUMNS)}")
    for _, group in groupby(_numbered(rows), key=lambda numbered: numbered[1].get("name")):
        lines = list(group)
        yield _guarded(lines[0][0], partial(_from_rows, [row for _, row in lines]))


def _numbered(rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for row in rows:
        yield (
            rows.line_num,
            {k: (v or "").strip() for k, v in row.items() if k is not None and not isinstance(v, list)},
        )


def _from_rows(rows: list[dict[str, str]]) -> Entry:
    first = rows[0]
    pictures = [row for row in rows if row.get("pdq")]
    told = {
        "name": first["name"],
        "kind": first.get("kind") or ("video" if len(pictures) > 1 else "image"),
        "sha256": first.get("sha256") or None,
        "md5": first.get("md5") or None,
    }
    return _with_frames(_checked(told), [row.get("time") or 0.0 for row in pictures], [row["pdq"] for row in pictures])


def _read_vpdq(file: TextIO, name: str) -> Iterator[Entry | Reject]:
    yield _guarded(1, partial(_from_vpdq, name, file.read(_MAX_LINE)))


def _from_vpdq(name: str, text: str) -> Entry:
    frames = [f for f in vpdq.read(text) if f.quality >= MIN_QUALITY]
    return _with_frames(Reference(name, "video"), [f.seconds for f in frames], [f.code for f in frames])


def _checked(told: dict[str, Any]) -> Reference:
    """Return the reference when every field is what it should be. Raises BankError."""
    if not isinstance(told.get("name"), str) or not told["name"].strip() or len(told["name"]) > 1000:
        raise BankError('"name" is missing or longer than 1,000 characters')
    if told["kind"] not in get_args(Kind):
        raise BankError(f'"kind" is {told["kind"]!r}', f"it is one of {', '.join(get_args(Kind))}")
    for digest, shape in _DIGESTS.items():
        value = told.get(digest)
        if value is not None and not (isinstance(value, str) and shape.fullmatch(value)):
            raise BankError(f'"{digest}" is {value!r}', "it is written in lower-case hexadecimal digits")
    duration = told.get("duration")
    if duration is not None and not (isinstance(duration, int | float) and 0 <= duration < _MAX_TIME):
        raise BankError(f'"duration" is {duration!r}', "it is a number of seconds")
    if not all(isinstance(told.get(field, ""), str) for field in ("source", "note", "added")):
        raise BankError('"source", "note" and "added" are text')
    for text in (told["name"], *(told.get(field, "") for field in ("source", "note", "added"))):
        text.encode()  # half a surrogate pair is no text
    return Reference(**told)


def _with_frames(reference: Reference, times: list[Any], hexes: list[Any]) -> Entry:
    if not hexes and not (reference.sha256 or reference.md5):
        raise BankError("it brings no signal", "give a pdq, sha256 or md5")
    seconds = np.array([float(t) for t in times], np.float64)
    if not np.all((seconds >= 0) & (seconds < _MAX_TIME)):
        raise BankError("a time is negative, absurd or no number", "times are seconds from the start")
    codes = np.array([pdq.from_hex(h) for h in hexes], np.uint64).reshape(-1, 4)
    if reference.duration is None and reference.kind == "video" and len(seconds):
        reference = replace(reference, duration=float(seconds.max()))
    return Entry(reference, seconds, codes)


def _guarded(line: int, make: Callable[[], Entry]) -> Entry | Reject:
    try:
        return make()
    except (BankError, SignalError, ValueError, TypeError) as problem:
        return Reject(line, str(problem))
