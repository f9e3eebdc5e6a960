"""Now: what needs someone, what came in, what was stopped."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from firebreak.faces.console.auth.views import nudged
from firebreak.faces.console.shell.pages import Request, page
from firebreak.records.staff.permissions import Permission


@page(Permission.STATUS_READ)
def home(request: Request) -> HttpResponse:
    return render(request, "console/home/now.html", {"nudged": nudged(request.user)})
