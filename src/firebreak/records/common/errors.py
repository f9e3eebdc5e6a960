"""Problems that a caller can do something about. They become RFC 9457 problem details, form errors or one sentence."""

from __future__ import annotations

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
