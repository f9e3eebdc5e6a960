"""Problems that a caller can do something about. They become RFC 9457 problem details, form errors or one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import ClassVar


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """Something about a request cannot be done.

    `detail` says what is wrong, `hint` what to do, `field` which part of the input is meant.
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be done"

    def __init__(self, detail: str, hint: str = "", *, field: str | None = None) -> None:
        super().__init__(f"{detail}: {hint}" if hint else detail)
        self.detail = detail
        self.hint = hint
        self.field = field
        self.extra: Mapping[str, object] = {}  # what the answer tells beside

    @property
    def headers(self) -> Mapping[str, str]:
        """Return what an HTTP answer must carry beside the problem."""
        return {}


class Invalid(Problem):
    """A value that cannot be taken."""

    status = 422
    slug = "invalid"
    title = "A value cannot be taken"


class NotFound(Problem):
    """What was named does not exist, or not for whoever asks."""

    status = 404
    slug = "not-found"
    title = "There is no such thing"


class Conflict(Problem):
    """It contradicts what is there."""

    status = 409
    slug = "conflict"
    title = "It contradicts what is there"


class Forbidden(Problem):
    """Whoever asks may not."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"


class Unauthenticated(Problem):
    """Nobody knows who asks."""

    status = 401
    slug = "unauthenticated"
    title = "Say who you are"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="firebreak"'}


class TooLarge(Problem):
    """More than one may send."""

    status = 413
    slug = "too-large"
    title = "This is too large"


class Unsupported(Problem):
    """A kind of content that is not taken."""

    status = 415
    slug = "unsupported"
    title = "This kind of content is not taken"


class _Later(Problem):
    def __init__(self, detail: str, hint: str = "", *, field: str | None = None, after: float = 1.0) -> None:
        super().__init__(detail, hint, field=field)
        self.after = after  # seconds

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(max(1, ceil(self.after)))}


class TooMany(_Later):
    """More than one may ask at a time; worth another try `after` some seconds."""

    status = 429
    slug = "too-many"
    title = "Too many requests"


class Unavailable(_Later):
    """Firebreak cannot answer now; worth another try `after` some seconds."""

    status = 503
    slug = "unavailable"
    title = "Firebreak cannot answer now"


class LengthRequired(Problem):
    """A body whose length was not told beforehand."""

    status = 411
    slug = "length-required"
    title = "Say how long the body is"
