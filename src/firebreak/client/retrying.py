"""Asking again: on errors of the network, and when Firebreak says that it cannot answer just now."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from firebreak.client.errors import Unreachable

AGAIN: Final = frozenset({429, 502, 503, 504})
_FIRST: Final = 0.25
_LONGEST: Final = 10.0


def ask(send: Callable[[], httpx.Response], *, retries: int, longest_wait: float) -> httpx.Response:
    """Return the answer of `send`, which is asked up to `retries` times more; the last answer when all say `later`.

    Raises Unreachable. A wait that Firebreak asks for is kept to; one over `longest_wait` seconds is not begun.
    """
    for tried in range(retries + 1):
        try:
            response = send()
        except httpx.TransportError as problem:
            if tried == retries:
                raise Unreachable(f"Firebreak does not answer: {str(problem) or type(problem).__name__}") from problem
            wait = backoff(tried)
        else:
            wait = max(backoff(tried), asked_for(response.headers.get("retry-after")))
            if response.status_code not in AGAIN or tried == retries or wait > longest_wait:
                return response
        time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def backoff(tried: int) -> float:
    """Return seconds that double from try to try, somewhere between half and the whole of it."""
    longest: float = min(_LONGEST, _FIRST * 2.0**tried)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret


def asked_for(value: str | None) -> float:
    """Return the seconds that a Retry-After asks for, 0 where it asks for none."""
    if not value:
        return 0.0
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
