"""Request ids: one for each HTTP request, the caller's own where it sends a good one, for logs and answers."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest

from firebreak.records.common.ids import new_id

HEADER: Final = "X-Request-ID"
_GOOD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def request_id(request: HttpRequest) -> str:
    """Return the id of a request; one is made up where the caller sent none, or one that nobody should log."""
    known: str | None = getattr(request, "request_id", None)
    if known is None:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        known = sent if _GOOD.fullmatch(sent) else str(new_id())
        request.request_id = known  # type: ignore[attr-defined]
    return known
