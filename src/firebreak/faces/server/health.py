"""`/healthz` (the process answers) and `/readyz` (it can do its work, and if not, why)."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from firebreak.faces.server import migrate

_schema_is_current = False  # of this process; once it is, it stays


def healthz(_: HttpRequest) -> HttpResponse:
    """Answer."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(_: HttpRequest) -> HttpResponse:
    """Answer 200 when scans can be answered, else 503, with what is wrong."""
    found = checks()
    ready = not any(found.values())
    body = {"ready": ready, "checks": {name: why or "ok" for name, why in found.items()}}
    return JsonResponse(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


def checks() -> dict[str, str]:
    """Return what is wrong with each thing that is needed; an empty text where nothing is."""
    database = _database()
    return {
        "database": database,
        "schema": "unknown, the database cannot be reached" if database else _schema(),
        "library": _library(),
    }


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return ""


def _schema() -> str:
    global _schema_is_current  # noqa: PLW0603
    if not _schema_is_current:
        lacks = migrate.missing()
        if lacks:
            return f"{len(lacks)} upgrades behind, run `firebreak migrate`"
        _schema_is_current = True
    return ""


def _library() -> str:
    from firebreak.records.banks import library  # noqa: PLC0415

    return "" if library.ready() else "the banks are being loaded"
