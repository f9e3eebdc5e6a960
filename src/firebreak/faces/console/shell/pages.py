"""A page says who may see it. `@page` enforces it, and a test walks every page with every role by the same mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from firebreak.records.common.errors import Forbidden, NotFound, Problem
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Permission, Role


class Request(HttpRequest):
    """A request of a person who has signed in, which is what `@page` hands to a view."""

    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]
T = TypeVar("T")


def page(
    permission: Permission | None, *, writes: Permission | None = None, fresh: bool = False
) -> Callable[[View], View]:
    """Mark a view as a page for those who may `permission`, or with None for all who have signed in.

    `writes` is what posting to it needs besides. `fresh` asks for the password again before a post that cannot be
    taken back or that gives power away.
    """

    def mark(view: View) -> View:
        inner = reauthentication_required(allow_get=True)(view) if fresh else view

        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            needed = [p for p in (permission, writes if request.method == "POST" else None) if p]
            if not all(request.user.may(p) for p in needed):
                raise PermissionDenied
            if permission and must_enrol(request.user):
                return redirect("mfa_index")
            return _answer(inner, request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.writes = writes  # type: ignore[attr-defined]
        return guarded

    return mark


def must_enrol(user: User) -> bool:
    """Tell whether someone has to set up a second factor before they may go on."""
    asked = {"nobody": False, "administrators": user.role == Role.ADMINISTRATOR, "everyone": True}
    return asked[settings.REQUIRE_TOTP] and not is_mfa_enabled(user)


def _answer(view: View, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except NotFound as problem:
        raise Http404(problem.detail) from problem
    except Forbidden as problem:
        raise PermissionDenied(problem.detail) from problem
    except Problem as problem:
        if request.method != "POST":
            told = {"title": _("This cannot be shown now"), "text": sentence(problem), "status": problem.status}
            return render(request, "console/shell/error.html", told, status=problem.status)
        messages.error(request, sentence(problem))
        return back(request)


def sentence(problem: Problem) -> str:
    """Return a problem as people read it: what is wrong, then what to do."""
    said = problem.detail.rstrip(".")
    return f"{said}. {problem.hint.rstrip('.')}." if problem.hint else f"{said}."


def back(request: HttpRequest) -> HttpResponse:
    """Send someone to the page they came from, or home."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(came_from if ours else "/")


def tried(form: BaseForm, do: Callable[[Mapping[str, Any]], T]) -> T | None:
    """Do what a form asks when it is valid. None when it is not, or a problem came up, which the form then shows."""
    if not form.is_valid():
        return None
    try:
        return do(form.cleaned_data)
    except Problem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, sentence(problem))
        return None
