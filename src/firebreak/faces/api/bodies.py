"""Bodies that are a file with fields beside it, or JSON: how they are read, and how OpenAPI tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import BaseModel
from pydantic import ValidationError as PydanticError

from firebreak.desks.intake import machine, slots, upload
from firebreak.engine.errors import PoolBusy
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.records.common.errors import Invalid, Unsupported

_MULTIPART: Final = "multipart/form-data"
_JSON: Final = "application/json"
_REF: Final = "#/components/schemas/{model}"
_PIECE: Final = 1 << 16
_Model = TypeVar("_Model", bound=BaseModel)


def is_multipart(request: HttpRequest) -> bool:
    """Tell a file from JSON. Raises Unsupported for what is neither."""
    form = request.content_type or ""
    if form not in {_MULTIPART, _JSON}:
        raise Unsupported(f"a body of the type {form[:60]!r} is not taken", f"send {_MULTIPART} or {_JSON}")
    return form == _MULTIPART


@contextmanager
def media_file(request: HttpRequest) -> Iterator[tuple[Path, DecoderPool]]:
    """Give the uploaded picture, video or sound, and decoders for it. Raises TooMany beyond capacity."""
    with slots.scans().one(), upload.received(request, hashed=False) as (file, receiver):
        if not file.size:
            raise Invalid("the file is empty", "send a picture, a video or a sound", field=upload.FIELD)
        with slots.moving().one() if receiver.kind != "image" else nullcontext():
            try:
                yield file.path, machine.pool()
            except PoolBusy:
                raise slots.full(slots.scans().most) from None


@contextmanager
def text_file(request: HttpRequest) -> Iterator[UploadedFile[Any]]:
    """Give an uploaded file that is no media."""
    if (request.content_type or "") != _MULTIPART:
        raise Unsupported("this is no upload", f"send the file as {_MULTIPART}")
    upload.require_length(request)
    file = request.FILES.get(upload.FIELD)
    if not isinstance(file, UploadedFile):
        raise Invalid("there is no file", "send it as the multipart field `file`", field=upload.FIELD)
    with file:
        yield file


def fields(request: HttpRequest, model: type[_Model]) -> _Model:
    """Return the fields beside an uploaded file."""
    return _validated(model, request.POST.dict())


def json_body(request: HttpRequest, model: type[_Model]) -> _Model:
    """Return what a JSON body says."""
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON", "send one JSON object", field="body") from None
    return _validated(model, told)


def larger(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield the same text in pieces worth sending."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def file_or_json(beside: type[BaseModel] | None, body: type[BaseModel] | None) -> dict[str, Any]:
    """Return how OpenAPI tells of a body that is a file with fields `beside` it, or JSON."""
    told = beside.model_json_schema(ref_template=_REF).get("properties", {}) if beside else {}
    properties = {"file": {"type": "string", "format": "binary"}, **told}
    content: dict[str, Any] = {
        _MULTIPART: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": properties,
            }
        }
    }
    if body:
        content[_JSON] = {"schema": _whole(body)}
    return {"requestBody": {"required": True, "content": content}}


def answers_text(*types: str) -> dict[str, Any]:
    """Return how OpenAPI tells of an answer that is text."""
    content = {name.split(";")[0]: {"schema": {"type": "string"}} for name in types}
    return {"responses": {200: {"description": "OK", "content": content}}}


def _whole(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema with the models in it where they are used."""
    schema = model.model_json_schema()
    inner = schema.pop("$defs", {})

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return filled(inner[value["$ref"].rpartition("/")[2]])
            return {name: filled(part) for name, part in value.items()}
        return [filled(part) for part in value] if isinstance(value, list) else value

    return dict(filled(schema))


def _validated(model: type[_Model], data: Any) -> _Model:
    try:
        return model.model_validate(data)
    except PydanticError as problem:
        told = [{**error, "loc": ("body", "data", *error["loc"])} for error in problem.errors()]
        raise ValidationError(told) from None
