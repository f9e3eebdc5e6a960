"""Routes: banks and their references, imports and exports."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router, Status

from firebreak.faces.api import bodies
from firebreak.faces.api.banks_schemas import (
    BankChange,
    BankIn,
    BankOut,
    BanksOut,
    FileFields,
    ImportFields,
    ImportOut,
    ImportsOut,
    MatchesOut,
    MatchOut,
    ReferenceAdded,
    ReferenceFilter,
    ReferenceIn,
    ReferenceOut,
    ReferencesOut,
    SignalsIn,
)
from firebreak.records.banks import jobs, operations, queries
from firebreak.records.banks.models import Bank
from firebreak.records.banks.operations import Added
from firebreak.records.banks.transfer.export import export
from firebreak.records.staff.bearer import caller, requires
from firebreak.records.staff.permissions import Permission

router = Router()

_READ: Final = requires(Permission.BANKS_READ)
_WRITE: Final = requires(Permission.BANKS_WRITE)
_TYPES: Final = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}
_MOST_IMPORTS: Final = 50


@router.get("/banks", auth=_READ, response=BanksOut, operation_id="list_banks", summary="List banks")
def list_banks(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Answer every bank, with what it holds."""
    return {"banks": list(Bank.objects.all())}


@router.post("/banks", auth=_WRITE, response={201: BankOut}, operation_id="create_bank", summary="Make a bank")
def create_bank(request: HttpRequest, body: BankIn) -> Status[Bank]:
    """Make an empty bank."""
    told = body.model_dump(exclude={"name"})
    return Status(201, operations.create_bank(body.name, actor=caller(request).actor, **told))


@router.get("/banks/{slug:name}", auth=_READ, response=BankOut, operation_id="read_bank", summary="Read a bank")
def read_bank(request: HttpRequest, name: str) -> Bank:  # noqa: ARG001
    """Answer a bank, with what it holds."""
    return queries.bank(name)


@router.patch("/banks/{slug:name}", auth=_WRITE, response=BankOut, operation_id="change_bank", summary="Change a bank")
def change_bank(request: HttpRequest, name: str, body: BankChange) -> Bank:
    """Change what is told of a bank, disable it or enable it. Both have their effect at once."""
    bank, actor = queries.bank(name), caller(request).actor
    told = body.model_dump(exclude={"enabled", "reason"}, exclude_unset=True)
    bank = operations.change_bank(bank, actor=actor, **told)
    if body.enabled is not None:
        switch = operations.enable_bank if body.enabled else operations.disable_bank
        bank = switch(bank, actor=actor, reason=body.reason)
    return bank


@router.get(
    "/banks/{slug:name}/references",
    auth=_READ,
    response=ReferencesOut,
    operation_id="list_references",
    summary="List references",
)
def list_references(request: HttpRequest, name: str, chosen: Query[ReferenceFilter]) -> dict[str, Any]:  # noqa: ARG001
    """Answer references, the newest first. For those after, send `next` as `after`."""
    bank = queries.bank(name)
    found = queries.references(
        bank, after=chosen.after, limit=chosen.limit + 1, text=chosen.text, removed=chosen.removed
    )
    page = list(found)
    shown = page[: chosen.limit]
    more = len(page) > chosen.limit
    return {"references": [ReferenceOut.of(one) for one in shown], "next": shown[-1].pk if more else None}


@router.post(
    "/banks/{slug:name}/references",
    auth=_WRITE,
    response={200: ReferenceAdded, 201: ReferenceAdded},
    operation_id="add_reference",
    summary="Add a reference",
    openapi_extra=bodies.file_or_json(FileFields, ReferenceIn),
)
def add_reference(request: HttpRequest, name: str) -> Status[ReferenceAdded]:
    """Add a file, or signals where the file is not at hand. 200 where the bank has the same content already."""
    bank = queries.bank(name)
    added = _add_file(request, bank) if bodies.is_multipart(request) else _add_signals(request, bank)
    told = ReferenceAdded.made(added.reference, new=added.new, warnings=added.warnings)
    return Status(201 if added.new else 200, told)


@router.get(
    "/banks/{slug:name}/references/{uuid:id}",
    auth=_READ,
    response=ReferenceOut,
    operation_id="read_reference",
    summary="Read a reference",
)
def read_reference(request: HttpRequest, name: str, id: UUID) -> ReferenceOut:  # noqa: A002, ARG001
    """Answer a reference, also one that was removed."""
    return ReferenceOut.of(queries.reference(queries.bank(name), id))


@router.delete(
    "/banks/{slug:name}/references/{uuid:id}",
    auth=_WRITE,
    response={204: None},
    operation_id="remove_reference",
    summary="Remove a reference",
)
def remove_reference(request: HttpRequest, name: str, id: UUID, reason: str = "") -> Status[None]:  # noqa: A002
    """Have a reference match no more, at once. It can be restored."""
    found = queries.reference(queries.bank(name), id)
    operations.remove_reference(found, actor=caller(request).actor, reason=reason)
    return Status(204, None)


@router.post(
    "/banks/{slug:name}/references/{uuid:id}/restore",
    auth=_WRITE,
    response=ReferenceOut,
    operation_id="restore_reference",
    summary="Restore a reference",
)
def restore_reference(request: HttpRequest, name: str, id: UUID) -> ReferenceOut:  # noqa: A002
    """Have a reference that was removed match again."""
    found = queries.reference(queries.bank(name), id)
    return ReferenceOut.of(operations.restore_reference(found, actor=caller(request).actor))


@router.post(
    "/references/search",
    auth=_READ,
    response=MatchesOut,
    operation_id="search_references",
    summary="Ask which reference this is",
    openapi_extra=bodies.file_or_json(None, SignalsIn),
)
def search_references(request: HttpRequest) -> dict[str, Any]:
    """Answer the references, of all banks in use, that a file shows or that have such signals. Nothing is kept."""
    if bodies.is_multipart(request):
        with bodies.media_file(request) as (path, pool):
            matches = queries.which_is(path, pool)
    else:
        matches = queries.which_has(bodies.json_body(request, SignalsIn).pairs)
    return {"matches": [MatchOut.of(match) for match in matches]}


@router.post(
    "/banks/{slug:name}/import",
    auth=_WRITE,
    response={202: ImportOut},
    operation_id="import_references",
    summary="Import signals",
    openapi_extra=bodies.file_or_json(ImportFields, None),
)
def import_references(request: HttpRequest, name: str) -> Status[ImportOut]:
    """Take in a file of signals: CSV, JSON lines, a JSON list, or vPDQ. Ask for the import to see how far it is."""
    bank = queries.bank(name)
    with bodies.text_file(request) as file:
        told = bodies.fields(request, ImportFields).model_dump(exclude_none=True)
        begun = jobs.take_in_later(
            bank, file, filename=file.name or "", size=file.size or 0, actor=caller(request).actor, **told
        )
    return Status(202, ImportOut.of(begun))


@router.get(
    "/banks/{slug:name}/imports",
    auth=_READ,
    response=ImportsOut,
    operation_id="list_imports",
    summary="List imports",
)
def list_imports(request: HttpRequest, name: str) -> dict[str, Any]:  # noqa: ARG001
    """Answer the last imports into a bank."""
    found = queries.bank(name).imports.select_related("bank")[:_MOST_IMPORTS]
    return {"imports": [ImportOut.of(each) for each in found]}


@router.get("/imports/{uuid:id}", auth=_READ, response=ImportOut, operation_id="read_import", summary="Read an import")
def read_import(request: HttpRequest, id: UUID) -> ImportOut:  # noqa: A002, ARG001
    """Answer how far an import is, and which rows were not taken."""
    return ImportOut.of(queries.import_(id))


@router.get(
    "/banks/{slug:name}/export",
    auth=_READ,
    operation_id="export_bank",
    summary="Export a bank",
    response=None,
    openapi_extra=bodies.answers_text(*_TYPES.values()),
)
def export_bank(request: HttpRequest, name: str, form: str = "jsonl") -> StreamingHttpResponse:  # noqa: ARG001
    """Answer all references of a bank with their signals, as JSON lines or CSV that can be imported again."""
    bank = queries.bank(name)
    pieces = export(bank, form)
    suffix = {"Content-Disposition": f'attachment; filename="{bank.name}.{form}"'}
    return StreamingHttpResponse(bodies.larger(pieces), content_type=_TYPES[form], headers=suffix)


def _add_file(request: HttpRequest, bank: Bank) -> Added:
    with bodies.media_file(request) as (path, pool):
        told = bodies.fields(request, FileFields)
        return operations.add_reference_from_file(
            bank, path, actor=caller(request).actor, pool=pool, name=told.name, note=told.note, origin=told.source
        )


def _add_signals(request: HttpRequest, bank: Bank) -> Added:
    body = bodies.json_body(request, ReferenceIn)
    return operations.add_reference_from_signals(
        bank,
        body.pairs,
        actor=caller(request).actor,
        name=body.name,
        kind=body.kind or "",
        duration=body.duration,
        note=body.note,
        origin=body.source,
    )
