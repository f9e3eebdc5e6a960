"""What holds for every answer under /api/: a request id, no caching, no sniffing, and errors as problem details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from firebreak.faces.api import problems
from firebreak.records.common.request_ids import HEADER, request_id

PREFIX: Final = "/api/"


class ApiMiddleware:
    """Stands before all others, so that it also sees what they refuse."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self._next(request)
        id_ = request_id(request)
        response = self._next(request)
        if response.status_code >= 400 and response.get("Content-Type") != problems.CONTENT_TYPE:
            response = _as_problem(response, request)
        response[HEADER] = id_
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("X-Content-Type-Options", "nosniff")
        return response


def _as_problem(response: HttpResponseBase, request: HttpRequest) -> HttpResponse:
    """Return what Django refused before the API heard of it, told as the API tells it."""
    kept = {name: response[name] for name in ("Allow", "Retry-After") if response.has_header(name)}
    return problems.general(response.status_code, request, kept)
