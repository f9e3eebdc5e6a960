"""Requests in the log: those that matter, under their id, without what people wrote."""

from __future__ import annotations

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from structlog.contextvars import get_contextvars

from firebreak.faces.server.access import AccessMiddleware, _level


def test_all_that_is_logged_meanwhile_has_the_requests_id() -> None:
    seen = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(get_contextvars())
        return HttpResponse()

    AccessMiddleware(view)(RequestFactory().get("/", headers={"X-Request-ID": "mine-1"}))
    assert seen == {"request_id": "mine-1"}
    assert get_contextvars() == {}


@pytest.mark.parametrize(
    ("path", "status", "seconds", "level"),
    [
        ("/api/v1/scans", 200, 0.01, logging.DEBUG),
        ("/api/v1/scans", 200, 9, logging.INFO),
        ("/api/v1/scans", 422, 0.01, logging.INFO),
        ("/api/v1/scans", 503, 0.01, logging.WARNING),
        ("/readyz", 503, 0.01, logging.DEBUG),
    ],
)
def test_what_goes_well_is_quiet(path: str, status: int, seconds: float, level: int) -> None:
    assert _level(path, status, seconds) == level
