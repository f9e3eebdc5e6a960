"""Every request: its id in all that is logged meanwhile, its time in the metrics, a line in the log when it matters.

Requests that go well are logged at `debug`: their number and times are in the metrics, and at a thousand a second
nobody reads lines. Addresses are logged without their query, which may carry what people wrote.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars

from firebreak.records.common.metrics import REQUEST_SECONDS
from firebreak.records.common.request_ids import request_id

_log = structlog.get_logger("firebreak.access")
_SLOW_SECONDS: Final = 5.0
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class AccessMiddleware:
    """Stands before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        bind_contextvars(request_id=request_id(request))
        try:
            response = self._next(request)
            _note(request, response.status_code, time.perf_counter() - began)
        finally:
            clear_contextvars()
        return response


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    match = request.resolver_match
    route = f"/{match.route}" if match else "none"
    REQUEST_SECONDS.labels(request.method, route, status).observe(seconds)
    level = _level(request.path_info, status, seconds)
    if logging.getLogger("firebreak.access").isEnabledFor(level):
        ms = round(seconds * 1000, 1)
        _log.log(level, "request", method=request.method, path=request.path_info[:500], status=status, ms=ms)


def _level(path: str, status: int, seconds: float) -> int:
    if path in _PROBES:
        return logging.DEBUG
    if status >= 500:
        return logging.WARNING
    return logging.INFO if status >= 400 or seconds > _SLOW_SECONDS else logging.DEBUG
