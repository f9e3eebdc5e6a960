"""Hexadecimal fingerprints: what is one, and what to say about what is not."""

from __future__ import annotations

import re

from firebreak.engine.errors import SignalError

_HEX = re.compile(r"[0-9a-f]*", re.ASCII)


def parse_hex(text: str, digits: int, title: str) -> str:
    """Return `text` in lower case without space around it.

    Raises SignalError unless it is exactly `digits` hexadecimal digits; `title` names what was expected.
    """
    found = text.strip().lower()
    if len(found) != digits:
        raise SignalError(f"{shown(text)} has {len(found)} characters", _expected(digits, title))
    if not _HEX.fullmatch(found):
        raise SignalError(f"{shown(text)} has other characters than 0-9 and a-f", _expected(digits, title))
    return found


def shown(text: str) -> str:
    """Return `text` fit for a message: quoted, escaped, and cut to a length one can read."""
    return ascii(text if len(text) <= 80 else f"{text[:77]}...")


def _expected(digits: int, title: str) -> str:
    return f"a {title} is {digits} hexadecimal digits"
