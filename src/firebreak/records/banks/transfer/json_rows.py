"""JSON: one object a line, or one list of objects, read piece by piece."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final

from firebreak.records.banks.drafts import Draft
from firebreak.records.banks.transfer.rows import MAX_LINE, Row, from_json, guarded, lines
from firebreak.records.common.errors import Invalid

_PIECE: Final = 1 << 20
_SPACE: Final = " \t\r\n"
_decode: Final = json.JSONDecoder().raw_decode


def read_lines(file: BinaryIO, _: str) -> Iterator[Row]:
    """Read one JSON object a line; a row is a line."""
    for number, line in enumerate(lines(file), 1):
        if line.strip():
            yield guarded(number, partial(_of_line, line))


def read_list(file: BinaryIO, _: str) -> Iterator[Row]:
    """Read a JSON list; a row is one of its elements, counted from 1."""
    for number, told in enumerate(_elements(file), 1):
        yield guarded(number, partial(from_json, told))


def _of_line(line: str) -> Draft:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise Invalid(f"this is no JSON: {problem}", "write one object on one line") from None
    return from_json(told)


def _elements(file: BinaryIO) -> Iterator[Any]:
    text = _Text(file)
    if text.next() != "[":
        raise Invalid("the file is no JSON list", "write [{...}, {...}], or one object a line as .jsonl")
    text.skip()
    number = 1
    if text.next() == "]":
        return
    while True:
        yield text.value(number)
        after = text.next()
        text.skip()
        if after == "]":
            return
        if after != ",":
            raise Invalid(f"there is no comma after element {number}", "what comes before it was taken")
        number += 1


class _Text:
    """A file's text from where reading stands, no more of it at a time than one element needs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._held = ""
        self._at = 0

    def next(self) -> str:
        """Return the next character that is no space, "" at the end, without taking it."""
        while True:
            while self._at < len(self._held):
                if self._held[self._at] not in _SPACE:
                    return self._held[self._at]
                self._at += 1
            if not self._more(_PIECE):
                return ""

    def skip(self) -> None:
        self._at += 1

    def value(self, number: int) -> Any:
        """Take the next value. Raises Invalid when there is none."""
        self.next()
        while True:
            try:
                value, self._at = _decode(self._held, self._at)
            except (ValueError, RecursionError) as problem:
                # It may only be cut: read as much again, so that a long one is not read over and over.
                held = len(self._held) - self._at
                if held > MAX_LINE or isinstance(problem, RecursionError) or not self._more(max(_PIECE, held)):
                    raise Invalid(f"element {number} is no JSON: {problem}", "what comes before it was taken") from None
            else:
                return value

    def _more(self, size: int) -> bool:
        piece = self._file.read(size)
        self._held = self._held[self._at :] + self._decoder.decode(piece, final=not piece)
        self._at = 0
        return bool(piece)
