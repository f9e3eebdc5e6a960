"""Routes: asking about an item, reading what was answered, looking signals up."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.errors import ValidationError
from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

from firebreak.desks.intake import answers, fetching, gate, lookups, ready_made, upload
from firebreak.desks.intake.schemas import LookupBody, LookupOut, OneLookupOut, ScanBody, ScanFields, ScanOut
from firebreak.records.common.errors import Invalid, Unsupported
from firebreak.records.content import queries
from firebreak.records.content.outcome import Asked
from firebreak.records.staff.bearer import caller, requires
from firebreak.records.staff.permissions import Permission

router = Router()

_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}")
_REF: Final = "#/components/schemas/{model}"
_Model = TypeVar("_Model", bound=BaseModel)

_SCAN_REQUEST: Final[dict[str, Any]] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            "description": "The same key with the same request gets the same answer, for 24 hours",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The picture, video or sound"},
                        **ScanFields.model_json_schema()["properties"],
                    },
                }
            },
            "application/json": {"schema": ScanBody.model_json_schema(ref_template=_REF)},
        },
    },
}


@router.post(
    "/scans",
    auth=requires(Permission.SCANS_WRITE, without_database=True),
    response={200: ScanOut, 202: ScanOut},
    operation_id="scan_item",
    summary="Ask before you publish",
    openapi_extra=_SCAN_REQUEST,
)
def scan_item(request: HttpRequest) -> HttpResponse:
    """Scan a file, an address or ready-made signals; 202 where the answer takes longer than `wait`."""
    form = request.content_type or ""
    if form == "multipart/form-data":
        return answers.response(_scan_file(request))
    if form == "application/json":
        return answers.response(_scan_json(request))
    raise Unsupported(f"a body of the type {form[:60]!r} is not taken", "send multipart/form-data or application/json")


@router.get(
    "/scans/{uuid:id}",
    auth=requires(Permission.SCANS_READ),
    response={200: ScanOut, 202: ScanOut},
    operation_id="read_scan",
    summary="Read a scan",
)
def read_scan(request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002, ARG001 - the address names it so
    """Answer a scan as it stands: 202 while it waits for a worker."""
    return answers.response(answers.stored(queries.scan(id), queries.findings(id)))


@router.get(
    "/lookups",
    auth=requires(Permission.SCANS_WRITE),
    response=OneLookupOut,
    operation_id="look_up_one",
    summary="Look one signal up",
    openapi_extra={"parameters": lookups.PARAMETERS},
)
def look_up_one(request: HttpRequest) -> HttpResponse:
    """Answer which references a signal matches. Nothing is written down."""
    return _json(lookups.one(request.GET.get("kind", ""), request.GET.get("value", "")))


@router.post(
    "/lookups",
    auth=requires(Permission.SCANS_WRITE),
    response=LookupOut,
    operation_id="look_up",
    summary="Look up to 1,000 signals up",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": LookupBody.model_json_schema(ref_template=_REF)}},
        }
    },
)
def look_up(request: HttpRequest) -> HttpResponse:
    """Answer which references each signal matches. Nothing is written down."""
    return _json(lookups.many(_body(request)))


def _scan_file(request: HttpRequest) -> dict[str, Any]:
    key = _key(request)
    with upload.received(request, hashed=key is not None) as (file, receiver):
        fields = _validated(ScanFields, request.POST.dict())
        asked = _asked(request, fields, key, ["file", receiver.digest])
        made = gate.Request.made(asked, caller(request).actor, fields.wait)
        return gate.scan_file(made, file, receiver.kind, {"source": "file"})


def _scan_json(request: HttpRequest) -> dict[str, Any]:
    body = _validated(ScanBody, _body(request))
    given = [name for name in ("url", "signals", "text") if getattr(body, name) is not None]
    if len(given) != 1:
        raise Invalid("a scan is of one of url, signals and text", "send exactly one of them", field="url")
    if body.text is not None:
        raise Invalid("text cannot be scanned yet", "scan files, addresses or signals", field="text")
    key = _key(request)
    if body.signals is not None:
        signals = ready_made.parse([each.model_dump() for each in body.signals])
        asked = _asked(request, body, key, ["signals", [each.model_dump() for each in body.signals]])
        return gate.scan_signals(gate.Request.made(asked, caller(request).actor, body.wait), signals)
    asked = _asked(request, body, key, ["url", body.url])
    return fetching.scan_url(gate.Request.made(asked, caller(request).actor, body.wait), body.url or "")


def _asked(request: HttpRequest, fields: ScanFields, key: str | None, what: list[Any]) -> Asked:
    told = [*what, fields.content_id, fields.account_id, fields.surface]
    return Asked(
        asked_by=str(caller(request).actor),
        content_id=fields.content_id,
        account_id=fields.account_id or "",
        surface=fields.surface,
        key=key,
        request=hashlib.sha256(json.dumps(told).encode()).digest() if key else None,
    )


def _key(request: HttpRequest) -> str | None:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None or _KEY.fullmatch(key):
        return key
    raise Invalid("this key cannot be taken", "use up to 200 visible ASCII characters", field="Idempotency-Key")


def _body(request: HttpRequest) -> Any:
    form = request.content_type or ""
    if form != "application/json":
        raise Unsupported(f"a body of the type {form[:60]!r} is not taken", "send application/json")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON", "send one JSON object", field="body") from None


def _validated(model: type[_Model], data: Any) -> _Model:
    try:
        return model.model_validate(data)
    except PydanticError as problem:
        raise ValidationError(
            [{**error, "loc": ("body", "data", *error["loc"])} for error in problem.errors()]
        ) from None


def _json(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json")
