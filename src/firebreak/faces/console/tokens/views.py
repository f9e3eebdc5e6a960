"""Tokens: what programs sign in with."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.tokens.forms import NewToken
from firebreak.records.common.clock import now
from firebreak.records.staff import operations as staff
from firebreak.records.staff.models import ApiToken
from firebreak.records.staff.permissions import Permission


@page(Permission.TOKENS_READ)
def tokens(request: Request) -> HttpResponse:
    rows = [(token, _state(token)) for token in ApiToken.objects.select_related("created_by")]
    return render(request, "console/tokens/list.html", {"rows": rows})


@page(Permission.TOKENS_WRITE, fresh=True)
def new(request: Request) -> HttpResponse:
    form = NewToken(request.POST or None, user=request.user)
    made = tried(form, lambda data: staff.create_token(**data, actor=request.user.actor)) if request.POST else None
    if made:
        return render(request, "console/tokens/secret.html", {"token": made[0], "secret": made[1]})
    return render(request, "console/tokens/new.html", {"form": form})


@require_POST
@page(Permission.TOKENS_WRITE)
def revoke(request: Request, key: UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=key)
    staff.revoke_token(token, actor=request.user.actor)
    messages.success(request, _("The token %(name)s lets nobody in any more.") % {"name": token})
    return redirect("tokens")


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= now() else "on"
