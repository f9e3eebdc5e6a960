"""Now: what needs someone, what came in, what was stopped."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from firebreak.faces.console.auth.views import nudged
from firebreak.faces.console.home import figures
from firebreak.faces.console.shell.pages import Request, page
from firebreak.faces.console.shell.pictures import hours
from firebreak.records.content.models import Scan
from firebreak.records.delivery.queries import endpoint_states
from firebreak.records.staff.permissions import Permission

LATEST = 8
CLASSES = {"seen": "bar", "block": "ember", "hold": "amber", "review": "amber"}


@page(Permission.STATUS_READ)
def home(request: Request) -> HttpResponse:
    told = {
        "nudged": nudged(request.user),
        "needs": figures.needs(),
        "charts": [_chart(each) for each in figures.by_hour().values()],
        "scans": figures.waiting_scans(),
        "deliveries": figures.waiting_deliveries(),
        "entries": figures.waiting_entries(),
        "endpoints": endpoint_states() if request.user.may(Permission.DELIVERY_READ) else None,
        "latest": Scan.objects.filter(verdict__in=figures.STOPPED).select_related("item").order_by("-pk")[:LATEST],
    }
    return render(request, "console/home/now.html", told)


def _chart(of: figures.Hours) -> dict[str, Any]:
    said = _("%(n)s in 24 hours, at most %(most)s in one of them") % {"n": of.total, "most": max(of.counts)}
    return {"kind": of.kind, "total": of.total, "picture": hours(of.counts, CLASSES[of.kind], said)}
