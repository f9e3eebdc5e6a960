"""When a delivery is tried again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600

# Seconds before each try, counted from the one before: about three days together.
STEADY: Final = (
    0,
    5,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
# While harm goes on, ten tries in the first minute; after that a person has to look, and the tries go on meanwhile.
URGENT: Final = (0, 1, 2, 5, 10, 10, 10, 10, 10, _MINUTE, 5 * _MINUTE, 5 * _MINUTE, *STEADY[3:])
URGENT_LATE: Final = timedelta(minutes=1)

JITTER: Final = 0.2
MOST_ASKED_FOR: Final = timedelta(days=1)
MOST_ASKED_FOR_URGENT: Final = timedelta(minutes=1)


def delay(tries: int, *, urgent: bool, asked_for: timedelta | None = None) -> timedelta | None:
    """Return how long to wait after a number of failed tries, or None when it is time to give up.

    Up to a fifth is added at random, so that what failed together does not come back together. `asked_for` is what
    the receiver wants waited; it is honoured up to a day, or a minute where harm goes on.
    """
    steps = URGENT if urgent else STEADY
    if tries >= len(steps):
        return None
    wait = timedelta(seconds=steps[tries] * (1 + JITTER * random.random()))  # noqa: S311 - nothing secret
    if asked_for is None:
        return wait
    return max(wait, min(asked_for, MOST_ASKED_FOR_URGENT if urgent else MOST_ASKED_FOR))


def retry_after(value: str | None, *, at: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or a date; None where there is none or it makes no sense."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(aware - at, timedelta(0))
