"""A reference before it is one: checked, and ready to be written."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.errors import EngineError
from firebreak.engine.fingerprint import MIN_QUALITY, Fingerprint
from firebreak.engine.library.changes import codes_of, pdq_of
from firebreak.engine.signals import registry, vpdq
from firebreak.engine.signals.vpdq.formats import MAX_FRAMES
from firebreak.records.common.errors import Invalid

CODE_BYTES: Final = 32
BEST_QUALITY: Final = 100
MAX_NAME: Final = 500
MAX_TEXT: Final = 10_000
_MAX_SECONDS: Final = 1e6
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_KINDS: Final = frozenset({"image", "video", "audio", "file"})


class Draft(NamedTuple):
    """What is to be known of a reference. `codes` are the PDQ codes of its pictures, 32 bytes each, joined."""

    name: str
    kind: str
    duration: float | None  # seconds
    note: str
    source: str
    sha256: bytes | None
    md5: bytes | None
    times: Sequence[float]  # of the pictures (s)
    qualities: Sequence[int]
    codes: bytes
    key: bytes  # of `key_of`

    @property
    def signals(self) -> int:
        """How many signals it has. An MD5 is one only where nothing surer is known, so that nobody reckons MD5s."""
        return len(self.times) + (1 if self.sha256 or self.md5 else 0)

    @property
    def identity(self) -> UUID:
        return UUID(bytes=self.key)


def key_of(sha256: bytes | None, md5: bytes | None, times: Sequence[float], codes: bytes) -> bytes:
    """Return what tells content from other content, 16 bytes: the file where it is known, or else all its signals."""
    if sha256:
        return sha256[:16]
    return hashlib.blake2b((md5 or b"") + array("f", times).tobytes() + codes, digest_size=16).digest()


class Codes:
    """Collects the signals of one draft from text. Every method raises Invalid that names the field."""

    def __init__(self) -> None:
        self.sha256: bytes | None = None
        self.md5: bytes | None = None
        self.times: list[float] = []
        self.qualities: list[int] = []
        self.codes = bytearray()
        self.moving = False

    def add(self, kind: str, value: str, field: str) -> None:
        """Add a signal as its kind's text."""
        match kind:
            case "sha256":
                self.sha256 = digits(value, 32, field, kind)
            case "md5":
                self.md5 = digits(value, 16, field, kind)
            case "pdq":
                self.picture(0.0, value, BEST_QUALITY, field)
            case "vpdq":
                self._video(value, field)
            case _:
                raise Invalid(f"there is no kind of signal called {kind!r:.80}", f"use one of {_KNOWN}", field=field)

    def picture(self, time: float, code: str, quality: int, field: str) -> None:
        """Add a PDQ code of the picture at `time` (s)."""
        self.codes += digits(code, CODE_BYTES, field, "pdq")
        self.times.append(time)
        self.qualities.append(quality)
        if len(self.times) > MAX_FRAMES:
            raise Invalid(f"there are more than {MAX_FRAMES} pictures", "hash the video more sparsely", field=field)

    def _video(self, value: str, field: str) -> None:
        try:
            frames = vpdq.read(value)
        except EngineError as problem:
            raise Invalid(problem.problem, problem.remedy, field=field) from None
        self.moving = True
        for frame in frames:
            if frame.quality >= MIN_QUALITY:
                self.picture(frame.seconds, frame.code, frame.quality, field)

    def draft(
        self, *, name: str = "", kind: str = "", duration: float | None = None, note: str = "", source: str = ""
    ) -> Draft:
        """Return the draft, with what was not told reckoned from its signals."""
        if not self.times and not (self.sha256 or self.md5):
            raise Invalid("it brings no signal that can be matched", "give a pdq, vpdq, sha256 or md5", field="signals")
        kind = kind or self._kind()
        if kind == "video" and duration is None and self.times:
            duration = max(self.times)
        times, codes = self.times, bytes(self.codes)
        key = key_of(self.sha256, self.md5, times, codes)
        return Draft(name, kind, duration, note, source, self.sha256, self.md5, times, self.qualities, codes, key)

    def _kind(self) -> str:
        if not self.times:
            return "file"
        return "video" if self.moving or len(self.times) > 1 else "image"


_KNOWN: Final = ", ".join(registry.KINDS)


def from_signals(signals: Iterable[tuple[str, str]], told: Mapping[str, Any]) -> Draft:
    """Make a draft of `(kind, value)` pairs; `told` has what else is known. Raises Invalid."""
    codes = Codes()
    for number, (kind, value) in enumerate(signals):
        codes.add(kind, value, f"signals[{number}]")
    return codes.draft(**checked(told))


def from_fingerprint(read: Fingerprint, told: Mapping[str, Any]) -> Draft:
    """Make a draft of a file that was read. Raises Invalid."""
    fit = read.usable()
    told = checked(told)
    sha256, md5 = bytes.fromhex(read.sha256), bytes.fromhex(read.md5) if read.md5 else None
    times, codes = read.times[fit].tolist(), codes_of(read.codes[fit][:, ::-1]).tobytes()
    return Draft(
        name=told.get("name", ""),
        kind=read.kind,
        duration=read.duration,
        note=told.get("note", ""),
        source=told.get("source", ""),
        sha256=sha256,
        md5=md5,
        times=times,
        qualities=read.quality[fit].tolist(),
        codes=codes,
        key=key_of(sha256, md5, times, codes),
    )


def pdq_codes(draft: Draft) -> NDArray[np.uint64]:
    """Return the codes of a draft's pictures as the engine has them, shape `(n, 4)`."""
    return pdq_of(np.frombuffer(draft.codes, np.uint8).reshape(-1, CODE_BYTES))


def checked(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return name, kind, duration, note and source, as far as they are told and fit. Raises Invalid for a misfit."""
    fit: dict[str, Any] = {}
    for name, check in _CHECKS:
        value = told.get(name)
        if value is not None and value != "":
            fit[name] = check(value, name)
    return fit


def digits(value: Any, size: int, field: str, title: str) -> bytes:
    """Return the bytes that hexadecimal digits name. Raises Invalid."""
    written = value.strip() if isinstance(value, str) else ""
    try:
        parsed = bytes.fromhex(written) if len(written) == 2 * size else b""
    except ValueError:
        parsed = b""
    if len(parsed) != size:
        has = f", this has {len(written)}" if len(written) != 2 * size else ""
        raise Invalid(f"{value!r:.80} is no {title}", f"a {title} is {2 * size} hexadecimal digits{has}", field=field)
    return parsed


def text(value: Any, field: str, most: int = MAX_TEXT) -> str:
    """Return text that the database can keep. Raises Invalid."""
    if not isinstance(value, str):
        raise Invalid(f"{field} is no text", "write it in quotes", field=field)
    if len(value) > most:
        raise Invalid(f"{field} has {len(value)} characters", f"use at most {most}", field=field)
    if not value.isprintable() and ("\0" in value or _HALF_PAIR.search(value)):
        raise Invalid(f"{field} has characters that are no text", "leave out NUL and half surrogate pairs", field=field)
    return value.strip()


def seconds(value: Any, field: str) -> float:
    """Return a time from the start (s). Raises Invalid."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0 <= number < _MAX_SECONDS:
        raise Invalid(f"{value!r:.80} is no time", "give seconds from the start, such as 12.25", field=field)
    return number


def whole(value: Any, field: str) -> int:
    """Return a quality, 0 to 100. Raises Invalid."""
    number = seconds(value, field)
    if number > BEST_QUALITY or number != int(number):
        raise Invalid(f"{value!r:.80} is no quality", "give a whole number from 0 to 100", field=field)
    return int(number)


def _kind_of(value: Any, field: str) -> str:
    if value not in _KINDS:
        raise Invalid(f"{value!r:.80} is no kind of reference", f"use one of {', '.join(sorted(_KINDS))}", field=field)
    return str(value)


def _name(value: Any, field: str) -> str:
    return text(value, field, MAX_NAME)


_CHECKS: Final[tuple[tuple[str, Callable[[Any, str], Any]], ...]] = (
    ("name", _name),
    ("kind", _kind_of),
    ("duration", seconds),
    ("note", text),
    ("source", text),
)
