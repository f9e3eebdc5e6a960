"""What was seen, and what matched what."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from firebreak.faces.console.scans.forms import Filter
from firebreak.faces.console.scans.shown import prints_of, show
from firebreak.faces.console.shell.names import names_of
from firebreak.faces.console.shell.pages import Request, page
from firebreak.faces.console.shell.paging import newest_first
from firebreak.records.content import queries
from firebreak.records.content.models import Scan
from firebreak.records.staff.permissions import Permission

READ = Permission.SCANS_READ
FINDINGS_SHOWN = 10


@page(READ)
def scans(request: Request) -> HttpResponse:
    form = Filter(request.GET)
    rows = Scan.objects.filter(form.chosen()).select_related("item")
    told = {"form": form, "slice": newest_first(rows, request, key=UUID), "filtered": any(request.GET.values())}
    return render(request, "console/scans/list.html", told)


@page(READ)
def scan(request: Request, key: UUID) -> HttpResponse:
    found = queries.scan(key)
    findings = queries.findings(key)
    told = {
        "scan": found,
        "findings": show(findings[:FINDINGS_SHOWN], found.media, prints_of(key)),
        "more": max(0, len(findings) - FINDINGS_SHOWN),
        "others": Scan.objects.filter(item=found.item_id).exclude(pk=key).order_by("-pk")[:10],
        "who": names_of([found.asked_by]).get(found.asked_by, found.asked_by),
    }
    return render(request, "console/scans/scan.html", told)
