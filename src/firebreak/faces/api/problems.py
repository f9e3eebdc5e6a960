"""How the API tells what went wrong: RFC 9457 problem details, never a stack trace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from firebreak.records.common.errors import Problem, Unavailable
from firebreak.records.common.request_ids import request_id

CONTENT_TYPE: Final = "application/problem+json"
_TYPES: Final = "urn:firebreak:problem:"

_log = structlog.get_logger(__name__)

# What to say where nothing more exact is known: detail and what to do.
_GENERAL: Final[Mapping[int, tuple[str, str]]] = {
    400: ("the request cannot be understood", "compare it with the documentation at /api/v1/docs"),
    404: ("there is nothing at this address", "compare it with the documentation at /api/v1/docs"),
    405: ("this address does not take that method", "use one of the methods in the header Allow"),
    413: ("the request is too large", "send less at once"),
    500: ("something went wrong inside Firebreak", "try again; if it stays so, give the request_id to who runs it"),
}


def answer(problem: Problem, request: HttpRequest, *, errors: Sequence[Mapping[str, str]] = ()) -> HttpResponse:
    """Return a problem as an HTTP answer."""
    body = _body(problem.status, problem.slug, problem.title, problem.detail, problem.hint, request)
    if problem.field:
        body["field"] = problem.field
    body |= problem.extra
    if errors:
        body["errors"] = list(errors)
    return _response(body, problem.status, problem.headers)


def general(status: int, request: HttpRequest, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return the problem of a status of which nothing more is known."""
    title = HTTPStatus(status).phrase
    detail, hint = _GENERAL.get(status, (title.lower(), ""))
    slug = title.lower().replace(" ", "-")
    return _response(_body(status, slug, title, detail, hint, request), status, headers or {})


def tell(api: NinjaAPI) -> None:
    """Have an API tell all that goes wrong as problem details."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(ValidationError, _validation)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(Http404, lambda request, _: general(404, request))
    api.add_exception_handler(RequestDataTooBig, lambda request, _: general(413, request))
    api.add_exception_handler(SuspiciousOperation, lambda request, _: general(400, request))
    for malformed in (BadRequest, MultiPartParserError, UnreadablePostError):
        api.add_exception_handler(malformed, lambda request, _: general(400, request))
    api.add_exception_handler(OperationalError, _database_away)
    api.add_exception_handler(InterfaceError, _database_away)
    api.add_exception_handler(Exception, _unforeseen)


def _problem(request: HttpRequest, problem: Problem | type[Problem]) -> HttpResponse:
    assert isinstance(problem, Problem)  # noqa: S101 - ninja's type also allows classes
    return answer(problem, request)


def _validation(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    """Name each field that cannot be taken, and why; the first stands for all."""
    errors = [_told(e) for e in getattr(error, "errors", [])]
    first = errors[0] if errors else {"field": "", "detail": "a value cannot be taken"}
    problem = _Unfit(f"{first['field']}: {first['detail']}", _GENERAL[400][1], field=first["field"] or None)
    return answer(problem, request, errors=errors)


class _Unfit(Problem):
    status = 422
    slug = "invalid"
    title = "A value cannot be taken"


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    place = [str(part) for part in error.get("loc", ())]
    # ninja puts where it looked and the name of the argument before the field's own name.
    field = ".".join(place[2:] if place[:1] == ["body"] and len(place) > 2 else place[1:])
    return {"field": field, "detail": str(error.get("msg", "cannot be taken"))}


def _http_error(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    return general(getattr(error, "status_code", 500), request)


def _database_away(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    _log.error("database_away", exc_info=error if isinstance(error, Exception) else None)
    return answer(Unavailable("the database does not answer", "try again; `firebreak doctor` says more"), request)


def _unforeseen(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    _log.error("unforeseen_error", exc_info=error if isinstance(error, Exception) else None)
    return general(500, request)


def _body(status: int, slug: str, title: str, detail: str, hint: str, request: HttpRequest) -> dict[str, Any]:
    return {
        "type": f"{_TYPES}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "hint": hint,
        "request_id": request_id(request),
    }


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE, headers=dict(headers))
