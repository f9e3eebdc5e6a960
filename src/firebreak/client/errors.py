"""What can go wrong when asking Firebreak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FirebreakError(Exception):
    """There is no answer to go by. What happens to the item then is the platform's choice: keep it back, or not."""


class Unreachable(FirebreakError):  # noqa: N818 - said as it is
    """Firebreak did not answer, however often it was asked."""


class Unfinished(FirebreakError):  # noqa: N818
    """A scan was not done within the time that was to be waited. It goes on; ask again, or await the webhook."""


class ProblemError(FirebreakError):
    """Firebreak answered that it cannot do what was asked.

    `detail` says what is wrong, `hint` what to do, `field` which part of the request is meant; `request_id` finds it
    in Firebreak's log. `verdict` is what Firebreak is set to answer when it is overloaded, where it said so.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.detail = str(problem.get("detail") or problem.get("title") or f"answered {status}")
        self.hint = str(problem.get("hint") or "")
        self.field: str | None = problem.get("field")
        self.request_id: str | None = problem.get("request_id")
        self.verdict: str | None = problem.get("verdict")
        self.problem = dict(problem)
        super().__init__(f"{status}: {self.detail}" + (f" ({self.hint})" if self.hint else ""))
