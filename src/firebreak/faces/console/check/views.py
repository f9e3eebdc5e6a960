"""One file against the banks, by hand: the same code as the gate."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from firebreak.desks.intake import gate, judging, machine, slots, spool
from firebreak.desks.intake.kinds import kind_of
from firebreak.desks.intake.upload import allowed
from firebreak.engine.errors import PoolBusy, ScanDeadline
from firebreak.faces.console.check.forms import CheckFile
from firebreak.faces.console.scans.shown import show
from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.shell.uploads import SpooledFile
from firebreak.records.common.errors import Unavailable
from firebreak.records.common.settings import settings
from firebreak.records.content.outcome import Asked, Outcome
from firebreak.records.staff.permissions import Permission


@page(Permission.SCANS_READ)
def check(request: Request) -> HttpResponse:
    form = CheckFile(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return render(request, "console/check/check.html", {"form": form})
    if form.is_valid() and form.cleaned_data["keep"]:
        return _recorded(request, form)
    outcome = tried(form, _looked_at)
    told: dict[str, Any] = {"form": form, "outcome": outcome}
    if outcome:
        prints = (outcome.prints.codes, outcome.prints.times) if outcome.prints else None
        told["findings"] = show(outcome.findings, outcome.media, prints)
    return render(request, "console/check/check.html", told)


def _looked_at(data: Mapping[str, Any]) -> Outcome:
    """Scan a file and judge it, and write nothing down. Raises Unsupported, TooMany, Unavailable."""
    file: SpooledFile = data["file"]
    allowed(_kind(file))
    try:
        with slots.scans().one():
            seen = machine.scanner().scan(file.path, time.monotonic() + settings().scan_wait)
    except (ScanDeadline, PoolBusy):
        raise Unavailable("the file takes longer than a page may", "record it as an item: a worker ends it") from None
    return judging.judge(seen, data["surface"], {"bytes": file.size})


def _recorded(request: Request, form: CheckFile) -> HttpResponse:
    if not request.user.may(Permission.SCANS_WRITE):
        raise PermissionDenied
    answer = tried(form, lambda data: _through_the_gate(request, data))
    if answer is None:
        return render(request, "console/check/check.html", {"form": form})
    address = reverse("scan", args=[UUID(answer["id"])])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _through_the_gate(request: Request, data: Mapping[str, Any]) -> dict[str, Any]:
    file: SpooledFile = data["file"]
    kind = allowed(_kind(file))
    asked = Asked(str(request.user.actor), data["content_id"] or None, surface=data["surface"])
    with spool.SpoolFile() as kept:
        for piece in file.chunks():
            kept.write(piece)
        made = gate.Request.made(asked, request.user.actor, settings().scan_wait)
        return gate.scan_file(made, kept, kind, {"source": "console"})


def _kind(file: SpooledFile) -> Any:
    head = file.read(4096)
    file.seek(0)
    return kind_of(head)
