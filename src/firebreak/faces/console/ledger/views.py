"""The record nobody can rewrite: entries, checkpoints, proofs."""

from __future__ import annotations

import json

from django.http import HttpResponse
from django.shortcuts import render

from firebreak.faces.console.ledger.forms import Filter
from firebreak.faces.console.shell.names import names_of
from firebreak.faces.console.shell.pages import Request, page
from firebreak.faces.console.shell.paging import newest_first
from firebreak.records.ledger import queries
from firebreak.records.ledger.models import Checkpoint, Entry
from firebreak.records.staff.permissions import Permission

READ = Permission.LEDGER_READ
CHECKPOINTS_SHOWN = 20


@page(READ)
def ledger(request: Request) -> HttpResponse:
    form = Filter(request.GET)
    chosen = form.chosen()
    entries = newest_first(Entry.objects.filter(**chosen), request, key=int)
    told = {
        "form": form,
        "filtered": bool(chosen),
        "slice": entries,
        "names": names_of(entry.actor for entry in entries.rows),
        "head": queries.head(),
        "pending": queries.pending(),
    }
    return render(request, "console/ledger/list.html", told)


@page(READ)
def entry(request: Request, name: str) -> HttpResponse:
    found = queries.find(name)
    payload = None if found.payload is None else json.dumps(found.payload, indent=2, ensure_ascii=False)
    told = {"entry": found, "payload": payload, "who": names_of([found.actor]).get(found.actor, "")}
    return render(request, "console/ledger/entry.html", told)


@page(READ)
def proof(request: Request, name: str) -> HttpResponse:
    """Download proof that an entry is in the tree, which `firebreak ledger prove` checks offline."""
    proven = json.dumps(queries.prove(queries.find(name), opened="opened" in request.GET), indent=2)
    response = HttpResponse(proven, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="proof-{name}.json"'
    return response


@page(READ)
def checkpoints(request: Request) -> HttpResponse:
    key = queries.key_in_use()
    told = {
        "checkpoints": Checkpoint.objects.select_related("key").order_by("-size")[:CHECKPOINTS_SHOWN],
        "verifier": queries.verifier(key) if key else None,
        "pending": queries.pending(),
    }
    return render(request, "console/ledger/checkpoints.html", told)
