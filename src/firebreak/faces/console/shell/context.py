"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from firebreak import __version__
from firebreak.faces.console.shell.navigation import PLACES
from firebreak.records.staff.models import User

THEMES = ("light", "dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    htmx = getattr(request, "htmx", None)
    in_panel = bool(htmx) and getattr(htmx, "target", None) == "panel"
    theme = request.COOKIES.get("theme", "")
    places = [p for p in PLACES if user.may(p.permission)] if isinstance(user, User) else []
    return {
        "frame": "console/shell/panel.html" if in_panel else "console/shell/page.html",
        "in_panel": in_panel,
        "places": places,
        "here": _section(request),
        "theme": theme if theme in THEMES else "",
        "version": __version__,
    }


def _section(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.route.split("/")[0] or "home" if match else ""
