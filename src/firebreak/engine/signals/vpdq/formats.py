"""vPDQ fingerprints as text, in the two forms that its peers exchange.

The C++ tools of facebook/ThreatExchange write one line a picture, `number,quality,code,seconds`. Its Python library
and command `tx` write one JSON list of strings, `code,quality,seconds`, and cut the seconds to three significant
digits, so that 1234.5 becomes 1.23e+03.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.hexadecimal import parse_hex, shown
from firebreak.engine.signals.pdq.code import DIGITS

# A day at one picture a second, or an hour of every picture: comparing takes time by the square of it.
MAX_FRAMES: Final = 100_000
# Longer than any line of either form, with room for indentation.
_MAX_LINE: Final = 160
# No video is this long (s).
_MAX_SECONDS: Final = 1e9

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_SECONDS = re.compile(r"-?[0-9]{1,20}(\.[0-9]{0,20})?(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrameCode:
    """One picture of a video."""

    number: int
    """Which picture it is; a label that no comparison looks at. 0, 1, 2... where the form has none."""
    quality: int
    """PDQ quality, 0..100."""
    code: str
    """PDQ code, 64 lower-case hexadecimal digits."""
    seconds: float
    """From the start of the video."""


def read(text: str) -> list[FrameCode]:
    """Read either form. Raises SignalError that names the line or entry and says what is wrong with it."""
    return read_json(text) if text.lstrip().startswith("[") else read_lines(text)


def read_lines(text: str) -> list[FrameCode]:
    """Read the form of the C++ tools; empty lines and carriage returns do not matter."""
    lines = enumerate(io.StringIO(_bounded(text)), start=1)
    return _some([_line(line.strip(), f"line {i}") for i, line in lines if line.strip()])


def read_json(text: str) -> list[FrameCode]:
    """Read the form of the `tx` command."""
    try:
        entries = json.loads(_bounded(text))
    except (ValueError, RecursionError) as error:
        raise SignalError("the text is not JSON", 'expected a list such as ["code,quality,seconds"]') from error
    if not isinstance(entries, list):
        raise SignalError(f"the JSON is a {type(entries).__name__}", "expected a list of strings")
    return _some([_entry(entry, i) for i, entry in enumerate(entries)])


def write_lines(frames: Sequence[FrameCode]) -> str:
    """Write the form of the C++ tools, to the byte: three decimals, a newline after every line."""
    return "".join(f"{f.number},{f.quality},{f.code},{f.seconds:.3f}\n" for f in frames)


def write_tx(frames: Sequence[FrameCode]) -> str:
    """Write the form of the `tx` command, to the byte. Past a quarter of an hour it is only good to ten seconds."""
    return json.dumps([f"{f.code},{f.quality},{float(f.seconds):.3}" for f in frames])


def write_json(frames: Sequence[FrameCode]) -> str:
    """Write what `tx` reads just as well, but with milliseconds: the canonical form."""
    return json.dumps([f"{f.code},{f.quality},{f.seconds:.3f}" for f in frames])


def _line(line: str, where: str) -> FrameCode:
    fields = line.split(",")
    if len(fields) != 4:
        raise SignalError(f"{where}: {shown(line)} has {len(fields)} fields", "expected number,quality,code,seconds")
    number, quality, code, seconds = fields
    return FrameCode(
        number=_whole(number, 10**9 - 1, f"{where}: frame number"),
        quality=_whole(quality, 100, f"{where}: quality"),
        code=_code(code, where),
        seconds=_time(seconds, where),
    )


def _entry(entry: object, index: int) -> FrameCode:
    where = f"entry {index + 1}"
    if not isinstance(entry, str):
        raise SignalError(f"{where} is a {type(entry).__name__}", 'expected a string such as "code,quality,seconds"')
    if entry.count(",") != 2:
        raise SignalError(f"{where}: {shown(entry)} has {entry.count(',') + 1} fields", "expected code,quality,seconds")
    code, quality, seconds = entry.split(",")
    return FrameCode(index, _whole(quality, 100, f"{where}: quality"), _code(code, where), _time(seconds, where))


def _code(text: str, where: str) -> str:
    try:
        return parse_hex(text, DIGITS, "PDQ code")
    except SignalError as error:
        raise SignalError(f"{where}: {error.problem}", error.remedy) from error


def _whole(text: str, largest: int, where: str) -> int:
    value = int(text) if _WHOLE.fullmatch(text := text.strip()) else -1
    if not 0 <= value <= largest:
        raise SignalError(f"{where} {shown(text)} is out of range", f"expected a whole number from 0 to {largest}")
    return value


def _time(text: str, where: str) -> float:
    value = float(text) if _SECONDS.fullmatch(text := text.strip()) else -1.0
    if not 0 <= value < _MAX_SECONDS:
        raise SignalError(f"{where}: {shown(text)} is no timestamp", "expected seconds from the start of the video")
    return abs(value)  # -0.0 is a zero that some writers round to


def _bounded(text: str) -> str:
    if len(text) > MAX_FRAMES * _MAX_LINE:
        raise SignalError(f"the text has {len(text)} characters", f"expected at most {MAX_FRAMES} pictures")
    return text


def _some(frames: list[FrameCode]) -> list[FrameCode]:
    if not frames:
        raise SignalError("there is no picture in it", "expected at least one")
    if len(frames) > MAX_FRAMES:
        raise SignalError(f"there are {len(frames)} pictures", f"hash the video more sparsely: at most {MAX_FRAMES}")
    return frames
