"""People: who is let in, and as what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firebreak.faces.console.auth.operations import drop_factors
from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.users.forms import NewPerson, RoleForm
from firebreak.records.staff import operations as staff
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import ALLOWED, ROLE_NAMES, Permission, Role

READ, WRITE = Permission.STAFF_READ, Permission.STAFF_WRITE


@page(READ)
def people(request: Request) -> HttpResponse:
    with_codes = set(Authenticator.objects.values_list("user_id", flat=True))
    rows = [(person, person.pk in with_codes) for person in User.objects.order_by("-is_active", "name")]
    return render(request, "console/users/list.html", {"rows": rows})


@page(WRITE, fresh=True)
def new(request: Request) -> HttpResponse:
    form = NewPerson(request.POST or None)
    made = tried(form, lambda data: staff.create_user(**data, actor=request.user.actor)) if request.POST else None
    if made:
        return render(request, "console/users/password.html", {"person": made[0], "password": made[1], "made": True})
    return render(request, "console/users/new.html", {"form": form, "roles": roles()})


@page(READ, writes=WRITE, fresh=True)
def person(request: Request, key: UUID) -> HttpResponse:
    them = get_object_or_404(User, pk=key)
    form = RoleForm(request.POST or None, initial={"role": them.role})
    if request.method == "POST" and form.is_valid():
        staff.change_role(them, form.cleaned_data["role"], actor=request.user.actor)
        messages.success(request, _("%(name)s now has another role.") % {"name": them})
        return redirect("person", key)
    has_codes = Authenticator.objects.filter(user_id=key).exists()
    return render(request, "console/users/person.html", {"person": them, "form": form, "has_codes": has_codes})


@require_POST
@page(WRITE, fresh=True)
def access(request: Request, key: UUID) -> HttpResponse:
    """Let someone in or out."""
    them = get_object_or_404(User, pk=key)
    change = staff.deactivate_user if them.is_active else staff.reactivate_user
    change(them, actor=request.user.actor)
    messages.success(
        request,
        _("%(name)s may sign in.") % {"name": them}
        if them.is_active
        else _("%(name)s may no longer sign in.") % {"name": them},
    )
    return redirect("person", key)


@require_POST
@page(WRITE, fresh=True)
def reset(request: Request, key: UUID) -> HttpResponse:
    """Draw a new password, shown once, and forget the second factor of someone who has lost theirs."""
    them = get_object_or_404(User, pk=key)
    if request.POST.get("what") == "codes":
        drop_factors(them, actor=request.user.actor)
        messages.success(request, _("%(name)s is no longer asked for codes.") % {"name": them})
        return redirect("person", key)
    password = staff.reset_password(them, actor=request.user.actor)
    return render(request, "console/users/password.html", {"person": them, "password": password})


def roles() -> list[dict[str, Any]]:
    """Return what each role may, to choose by."""
    return [{"name": ROLE_NAMES[role], "may": sorted(ALLOWED[role])} for role in Role]
