"""How this installation is set up: every setting, whether it was set, and what fails open."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from firebreak import __version__
from firebreak.faces.console.shell.pages import Request, page
from firebreak.records.common.settings import Settings, settings, variable
from firebreak.records.policies.models import VerdictRule
from firebreak.records.staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as the page shows it."""

    variable: str
    value: str
    help: str
    chosen: bool


@page(Permission.STATUS_READ)
def all_settings(request: Request) -> HttpResponse:
    now = settings()
    told = {
        "settings": [_shown(each, now) for each in fields(Settings)],
        "broken": sorted(now.when_broken.items()),
        "unreadable": sorted(now.when_unreadable.items()),
        "rules": VerdictRule.objects.order_by("label", "-min_confidence"),
        "version": __version__,
    }
    return render(request, "console/settings/settings.html", told)


def _shown(of: Any, now: Settings) -> Shown:
    name = variable(of)
    value = getattr(now, of.name)
    chosen = name in os.environ or f"{name}_FILE" in os.environ
    return Shown(name, _secret(value) if of.metadata["secret"] else _said(value), of.metadata["help"], chosen)


def _secret(value: object) -> str:
    return _("set, and not shown") if value else _("not set")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={each}" for key, each in sorted(value.items()))
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return str(value)
