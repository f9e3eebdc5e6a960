"""Banks: what is known, as a whole."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firebreak.faces.console.banks.forms import BankForm, NewBank, Reason
from firebreak.faces.console.shell.names import names_of
from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.shell.paging import newest_first
from firebreak.records.banks import operations, queries
from firebreak.records.banks.models import Bank, Import, Reference
from firebreak.records.banks.transfer.export import export as exported
from firebreak.records.policies.labels import LABELS
from firebreak.records.staff.permissions import Permission

READ, WRITE = Permission.BANKS_READ, Permission.BANKS_WRITE
TERMS = ("description", "label", "block_at", "hold_at", "review_at")
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


@page(READ)
def banks(request: Request) -> HttpResponse:
    return render(
        request, "console/banks/list.html", {"banks": Bank.objects.order_by("-enabled", "name"), "labels": LABELS}
    )


@page(WRITE)
def new(request: Request) -> HttpResponse:
    form = NewBank(request.POST or None)
    made = tried(form, lambda data: operations.create_bank(**data, actor=request.user.actor)) if request.POST else None
    if made:
        messages.success(request, _("The bank is made. Add what it shall know."))
        return redirect("bank", made.name)
    return render(request, "console/banks/new.html", {"form": form})


@page(READ)
def bank(request: Request, name: str) -> HttpResponse:
    found = queries.bank(name)
    text, removed = request.GET.get("q", "").strip(), "removed" in request.GET
    rows = Reference.objects.filter(bank=found, removed_at__isnull=not removed)
    if text:
        rows = rows.filter(name__icontains=text)
    told = {
        "bank": found,
        "label": LABELS.get(found.label),
        "slice": newest_first(rows, request, key=int),
        "text": text,
        "removed": removed,
        "imports": Import.objects.filter(bank=found)[:5],
        "who": names_of([found.created_by]).get(found.created_by, ""),
    }
    return render(request, "console/banks/bank.html", told)


@page(WRITE)
def edit(request: Request, name: str) -> HttpResponse:
    found = queries.bank(name)
    form = BankForm(request.POST or None, initial={term: getattr(found, term) for term in TERMS})
    changed = tried(form, lambda data: operations.change_bank(found, actor=request.user.actor, **data))
    if changed:
        messages.success(request, _("The bank is changed."))
        return redirect("bank", name)
    return render(request, "console/banks/edit.html", {"bank": found, "form": form})


@require_POST
@page(WRITE)
def switch(request: Request, name: str) -> HttpResponse:
    """Disable a bank, or put it in use again."""
    found, form = queries.bank(name), Reason(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    if found.enabled:
        operations.disable_bank(found, actor=request.user.actor, reason=reason)
        messages.success(request, _("Nothing of this bank matches any more. Nothing is lost."))
    else:
        operations.enable_bank(found, actor=request.user.actor, reason=reason)
        messages.success(request, _("What this bank knows matches again."))
    return redirect("bank", name)


@page(READ)
def export(request: Request, name: str, form: str) -> HttpResponseBase:
    found = queries.bank(name)
    response = StreamingHttpResponse(exported(found, form), content_type=TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}.{form}"'
    return response
