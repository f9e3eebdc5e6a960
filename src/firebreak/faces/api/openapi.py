"""Completes the OpenAPI description: the scope each route needs, and the problems any route may tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from firebreak.faces.api.problems import CONTENT_TYPE
from firebreak.records.staff.bearer import Bearer
from firebreak.records.staff.permissions import Permission

_SCHEME: Final = "bearer"
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "hint", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong"},
        "hint": {"type": "string", "description": "What to do"},
        "field": {"type": "string", "description": "Which part of the input is meant"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "request_id": {"type": "string"},
    },
}
_ANY_ROUTE: Final = {
    "400": "The request cannot be understood",
    "401": "No token, or one that is unknown, expired or revoked",
    "403": "The token lacks the scope",
    "404": "There is no such thing",
    "409": "It contradicts what is there",
    "413": "Too large",
    "415": "A kind of content that is not taken",
    "422": "A value cannot be taken",
    "429": "Too many requests; see Retry-After",
    "503": "Firebreak cannot answer now; see Retry-After",
}


def permission(operation: Operation) -> Permission | None:
    """Return what a route needs, None where anybody may call it."""
    return next((auth.permission for auth in operation.auth_callbacks if isinstance(auth, Bearer)), None)


def operations(api: NinjaAPI) -> Iterator[tuple[str, str, Operation]]:
    """Give method, path within the API, and operation of every route."""
    for bound in api._get_bound_routers():  # noqa: SLF001 - the only list there is
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield method, "/" + "/".join(part.strip("/") for part in (bound.prefix, path) if part), operation


def completed(schema: OpenAPISchema, api: NinjaAPI) -> OpenAPISchema:
    """Return the description with what django-ninja does not know."""
    components: dict[str, Any] = schema["components"]
    components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer"}}
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    scopes = {op.operation_id or api.get_openapi_operation_id(op): permission(op) for _, _, op in operations(api)}
    for methods in schema["paths"].values():
        for told in methods.values():
            _complete(told, scopes[told["operationId"]])
    return schema


def _complete(told: dict[str, Any], scope: Permission | None) -> None:
    if scope:
        told["security"] = [{_SCHEME: [scope.value]}]
        told["description"] = f"{told.get('description', '')}\n\nScope: `{scope.value}`".strip()
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told["responses"] = {str(status): response for status, response in told["responses"].items()}
    for status, meaning in _ANY_ROUTE.items():
        told["responses"].setdefault(status, {"description": meaning, "content": content})
