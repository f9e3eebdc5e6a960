"""Signing in and out, the second factor, one's own page. allauth does the checking."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from firebreak.faces.console.auth.forms import NewPassword
from firebreak.faces.console.auth.operations import change_factor
from firebreak.faces.console.shell.pages import Request, must_enrol, page, tried
from firebreak.records.staff import operations as staff
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Role


class SignIn(account.LoginView):  # type: ignore[misc]
    def get_success_url(self) -> str | None:
        return super().get_success_url() or "/"


class Enrol(totp.ActivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = change_factor(self.request.user, "enrol", lambda: super(Enrol, self).form_valid(form))
        messages.success(self.request, _("Codes are asked for from your next sign-in on."))
        return response


class Unenrol(totp.DeactivateTOTPView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = change_factor(
            self.request.user, "remove", lambda: super(Unenrol, self).form_valid(form)
        )
        return response


class NewCodes(codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = change_factor(
            self.request.user, "renew-codes", lambda: super(NewCodes, self).form_valid(form)
        )
        return response


sign_in = SignIn.as_view()
enrol = Enrol.as_view()
unenrol = Unenrol.as_view()
new_codes = NewCodes.as_view()


@page(None)
def me(request: Request) -> HttpResponse:
    return render(
        request, "console/auth/me.html", {"mfa": is_mfa_enabled(request.user), "must": must_enrol(request.user)}
    )


@page(None)
def second_factor(request: Request) -> HttpResponse:
    mine = {a.type: a.wrap() for a in Authenticator.objects.filter(user_id=request.user.pk)}
    told = {"totp": mine.get("totp"), "codes": mine.get("recovery_codes"), "must": must_enrol(request.user)}
    return render(request, "console/auth/second_factor.html", told)


@page(None, fresh=True)
def password(request: Request) -> HttpResponse:
    form = NewPassword(request.POST or None)
    if request.method == "POST" and tried(form, lambda data: _set(request.user, data["password"])):
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed. Your other sessions have ended."))
        return redirect("me")
    return render(request, "console/auth/password.html", {"form": form})


def _set(user: User, new: str) -> bool:
    staff.set_password(user, new, actor=user.actor)
    return True


def nudged(user: User) -> bool:
    """Tell whether to ask someone to set up a second factor: who may do everything should have one."""
    return user.role == Role.ADMINISTRATOR and not is_mfa_enabled(user)
