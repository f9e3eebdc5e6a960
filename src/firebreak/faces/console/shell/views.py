"""Pages of the frame itself: errors, language, theme, keys."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firebreak.faces.console.shell.context import THEMES
from firebreak.faces.console.shell.navigation import PLACES
from firebreak.faces.console.shell.pages import Request, back, page
from firebreak.faces.console.shell.search import find
from firebreak.records.staff import operations as staff

YEAR = 365 * 86400


@page(None)
def keys(request: Request) -> HttpResponse:
    return render(request, "console/shell/keys.html", {"all_places": PLACES})


@page(None)
def search(request: Request) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    return render(
        request, "console/shell/search.html", {"query": query, "hits": find(query, request.user) if query else []}
    )


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in the browser, and with the person when one is signed in."""
    language = request.POST.get("language", "")
    response = back(request)
    if language in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language)
        if request.user.is_authenticated:
            staff.set_language(request.user, language, actor=request.user.actor)
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    response = back(request)
    if theme in THEMES:
        _keep(response, "theme", theme)
    else:
        response.delete_cookie("theme")
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")


def _error(request: HttpRequest, status: HTTPStatus, title: str, text: str) -> HttpResponse:
    return render(request, "console/shell/error.html", {"title": title, "text": text, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.BAD_REQUEST,
        _("This request cannot be read"),
        _("Nothing was changed. Go back and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.FORBIDDEN,
        _("Your role does not allow this"),
        _("Nothing was changed. An administrator can give you another role under People."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(
        request,
        HTTPStatus.NOT_FOUND,
        _("There is nothing here"),
        _("It may have been removed, or the address has a mistake in it."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    told = {
        "title": _("Something broke on our side"),
        "text": _("What had been saved before is kept. Try again; if it breaks again, the log says why."),
    }
    page = render_to_string("console/shell/broken.html", told)
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _error(
        request,
        HTTPStatus.FORBIDDEN,
        _("This form is no longer valid"),
        _("Nothing was changed. Load the page again and send it once more; cookies must be allowed."),
    )
