"""How allauth behaves here: nobody signs up, words are ours, secrets are sealed."""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from firebreak.faces.console.auth.sealing import seal, unseal

FRESH_SECONDS: Final = 300  # a sign-in this young is proof enough; older ones are asked for again


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "invalid_login": _("The e-mail address or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def is_reauthentication_required(self, *, app: str = "") -> bool:  # noqa: ARG002
        records = get_authentication_records(context.request, context.request.user)
        return not records or time.time() - records[-1]["at"] > FRESH_SECONDS

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing of allauth's: pages here say what happened themselves."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or no longer. Codes change every 30 seconds."),
    }

    def get_totp_issuer(self) -> str:
        return f"Firebreak {context.request.get_host()}"

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
