"""Addresses of signing in. Names are allauth's where it looks them up."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from django.urls import path
from django.views.generic import RedirectView

from firebreak.faces.console.auth import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/code/", mfa.authenticate, name="mfa_authenticate"),
    path("sign-in/again/", account.reauthenticate, name="account_reauthenticate"),
    path("sign-in/again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("sign-in/gone/", account.account_inactive, name="account_inactive"),
    path("sign-out/", account.logout, name="account_logout"),
    path("me/", views.me, name="me"),
    path("me/password/", views.password, name="password"),
    path("me/codes/", views.second_factor, name="mfa_index"),
    path("me/codes/set-up/", views.enrol, name="mfa_activate_totp"),
    path("me/codes/remove/", views.unenrol, name="mfa_deactivate_totp"),
    path("me/codes/recovery/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("me/codes/recovery/new/", views.new_codes, name="mfa_generate_recovery_codes"),
    path("me/codes/recovery/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path(".well-known/change-password", RedirectView.as_view(pattern_name="password")),
]
