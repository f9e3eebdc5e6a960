"""References of a bank: each one, how they come and go, and which one a file is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firebreak.desks.intake import machine
from firebreak.faces.console.banks.forms import AddFile, AddSignals, ImportFile, Reason, Which
from firebreak.faces.console.banks.views import READ, WRITE
from firebreak.faces.console.shell.names import names_of
from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.shell.pictures import code_pattern
from firebreak.records.banks import jobs, operations, queries
from firebreak.records.banks.models import Bank, Import, Reference, Signal, SignalKind
from firebreak.records.content.models import Finding
from firebreak.records.staff.permissions import Permission

PATTERNS_SHOWN = 6
SEEN_SHOWN = 10


@page(READ)
def reference(request: Request, name: str, key: UUID) -> HttpResponse:
    found = queries.reference(queries.bank(name), key)
    told = {
        "reference": found,
        "names": names_of([found.added_by, found.removed_by]),
        "patterns": [(signal, code_pattern(bytes(signal.code))) for signal in _pictures(found)],
        "seen": _seen(found) if request.user.may(Permission.SCANS_READ) else [],
        "form": Reason(),
    }
    return render(request, "console/banks/reference.html", told)


@page(WRITE)
def add(request: Request, name: str, by: str) -> HttpResponse:
    """Add a reference, from a file or from signals."""
    bank = queries.bank(name)
    form_class, do = (AddFile, _from_file) if by == "file" else (AddSignals, _from_signals)
    form = form_class(request.POST or None, request.FILES or None)
    added = tried(form, lambda data: do(bank, data, request)) if request.method == "POST" else None
    if added:
        messages.success(
            request, _("It is known from now on.") if added.new else _("The bank had it already: this is it.")
        )
        for warning in added.warnings:
            messages.warning(request, warning)
        return redirect("reference", bank.name, added.reference.public_id)
    return render(request, "console/banks/add.html", {"bank": bank, "form": form, "by": by})


@require_POST
@page(WRITE)
def remove(request: Request, name: str, key: UUID) -> HttpResponse:
    found, form = queries.reference(queries.bank(name), key), Reason(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    operations.remove_reference(found, actor=request.user.actor, reason=reason)
    return redirect("reference", name, key)


@require_POST
@page(WRITE)
def restore(request: Request, name: str, key: UUID) -> HttpResponse:
    operations.restore_reference(queries.reference(queries.bank(name), key), actor=request.user.actor)
    messages.success(request, _("It is known again."))
    return redirect("reference", name, key)


@page(READ)
def which(request: Request) -> HttpResponse:
    """Tell which references a file shows."""
    form = Which(request.POST or None, request.FILES or None)
    matches = None
    if request.method == "POST":
        matches = tried(form, lambda data: queries.which_is(data["file"].path, machine.pool()))
    return render(request, "console/banks/which.html", {"form": form, "matches": matches})


@page(WRITE)
def take_in(request: Request, name: str) -> HttpResponse:
    """Import a file of signals."""
    bank = queries.bank(name)
    form = ImportFile(request.POST or None, request.FILES or None)
    begun = tried(form, lambda data: _begin(bank, data, request)) if request.method == "POST" else None
    if begun:
        return redirect("import", begun.pk)
    return render(request, "console/banks/import_new.html", {"bank": bank, "form": form})


@page(READ)
def progress(request: Request, key: UUID) -> HttpResponse:
    """Show how far an import is. The page asks again by itself until it has ended."""
    begun = queries.import_(key)
    share = round(100 * begun.done / begun.size) if begun.size else 100
    template = "progress" if request.htmx.target == "progress" else "import"
    return render(
        request, f"console/banks/{template}.html", {"begun": begun, "share": share, "report": begun.report[:100]}
    )


def _from_file(bank: Bank, data: Mapping[str, Any], request: Request) -> operations.Added:
    file = data["file"]
    told = {"name": data["name"] or file.name, "note": data["note"], "origin": data["source"]}
    return operations.add_reference_from_file(bank, file.path, actor=request.user.actor, pool=machine.pool(), **told)


def _from_signals(bank: Bank, data: Mapping[str, Any], request: Request) -> operations.Added:
    told = {"name": data["name"], "note": data["note"], "origin": data["source"]}
    return operations.add_reference_from_signals(bank, data["signals"], actor=request.user.actor, **told)


def _begin(bank: Bank, data: Mapping[str, Any], request: Request) -> Import:
    file = data["file"]
    told = {"filename": file.name, "size": file.size, "source": data["source"]}
    return jobs.take_in_later(bank, file, actor=request.user.actor, **told)


def _pictures(reference: Reference) -> list[Signal]:
    """Return some pictures of a reference, from its beginning to its end."""
    rows = Signal.objects.filter(reference=reference, kind=SignalKind.PDQ).order_by("time", "id")
    step = max(1, reference.signals_held // PATTERNS_SHOWN)
    return list(rows[: step * PATTERNS_SHOWN : step])


def _seen(reference: Reference) -> list[Finding]:
    found = Finding.objects.filter(reference=reference.pk).select_related("scan__item").order_by("-id")
    return list(found[:SEEN_SHOWN])
