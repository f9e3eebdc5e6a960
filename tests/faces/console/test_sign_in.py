"""Signing in: by whom, how often one may guess, and what is left behind."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from firebreak.faces.console.auth.sealing import Unsealable, seal, unseal
from firebreak.records.ledger.models import Entry
from firebreak.records.staff.models import User
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
WRONG = "The e-mail address or the password is not right."
TOO_MANY = "Too many attempts."


def sign_in(browser: Client, email: str, password: str = PASSWORD, **extra: Any) -> int:
    return browser.post("/sign-in/", {"login": email, "password": password}, **extra).status_code


def code(secret: str, *, steps: int = 0) -> str:
    """Return the six digits that an authenticator app shows (RFC 6238), some steps of 30 seconds from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def enrol(browser: Client) -> str:
    """Set codes up as a person does; return the secret."""
    page = browser.get("/me/codes/set-up/").content.decode()
    found = re.search(r'data-copy="([A-Z2-7]+)"', page)
    assert found
    assert browser.post("/me/codes/set-up/", {"code": code(found[1], steps=-1)}).status_code == 302
    return found[1]


def test_a_person_signs_in_and_out(analyst: User, stranger: Client) -> None:
    assert stranger.get("/").headers["Location"] == "/sign-in/?next=/"
    assert sign_in(stranger, "ANALYST@example.org ") == 302
    assert stranger.get("/").status_code == 200
    assert stranger.get("/sign-out/").status_code == 200  # a link signs nobody out
    assert stranger.get("/").status_code == 200
    stranger.post("/sign-out/")
    assert stranger.get("/").status_code == 302


def test_a_wrong_password_and_an_unknown_person_look_the_same(analyst: User, stranger: Client) -> None:
    wrong = stranger.post("/sign-in/", {"login": analyst.email, "password": "x"}).content.decode()
    unknown = stranger.post("/sign-in/", {"login": "nobody@example.org", "password": "x"}).content.decode()
    assert WRONG in wrong
    assert WRONG in unknown


def test_who_was_let_go_cannot_sign_in(analyst: User, stranger: Client) -> None:
    User.objects.filter(pk=analyst.pk).update(is_active=False)
    assert sign_in(stranger, analyst.email) == 200
    assert stranger.get("/").status_code == 302


def test_nobody_signs_up_or_asks_for_a_password_by_mail(stranger: Client) -> None:
    for path in ("/sign-up/", "/signup/", "/accounts/signup/", "/password/reset/", "/accounts/password/reset/"):
        assert stranger.get(path).status_code == 404


def test_after_five_wrong_guesses_the_right_password_waits_too(analyst: User) -> None:
    for number in range(5):  # from as many addresses
        Client().post("/sign-in/", {"login": analyst.email, "password": "x"}, REMOTE_ADDR=f"203.0.113.{number}")
    last = Client().post("/sign-in/", {"login": analyst.email, "password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    assert TOO_MANY in last.content.decode()


def test_an_address_that_tries_many_people_waits(analyst: User, stranger: Client) -> None:
    for number in range(10):
        stranger.post("/sign-in/", {"login": f"person-{number}@example.org", "password": "x"})
    assert TOO_MANY in stranger.post("/sign-in/", {"login": analyst.email, "password": PASSWORD}).content.decode()


def test_an_address_cannot_pretend_to_be_another(analyst: User, stranger: Client) -> None:
    for number in range(10):
        told = {"X-Forwarded-For": f"203.0.113.{number}"}
        stranger.post("/sign-in/", {"login": f"person-{number}@example.org", "password": "x"}, headers=told)
    assert TOO_MANY in stranger.post("/sign-in/", {"login": analyst.email, "password": PASSWORD}).content.decode()


def test_a_session_gets_a_new_key_when_someone_signs_in(analyst: User, stranger: Client) -> None:
    session = stranger.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    assert planted
    sign_in(stranger, analyst.email)
    now = stranger.cookies[settings.SESSION_COOKIE_NAME].value
    assert now != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_where_someone_is_sent_after_signing_in_is_ours(analyst: User, stranger: Client) -> None:
    response = stranger.post("/sign-in/?next=https://evil.example/", {"login": analyst.email, "password": PASSWORD})
    assert response.headers["Location"] == "/"


def test_cookies_are_kept_from_scripts_and_other_sites(analyst: User, stranger: Client) -> None:
    stranger.get("/sign-in/")
    sign_in(stranger, analyst.email)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = stranger.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]


def test_cookies_go_over_https_alone_where_there_is_https(analyst: User, stranger: Client) -> None:
    with override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True):
        stranger.get("/sign-in/", secure=True)
        sign_in(stranger, analyst.email, secure=True, headers={"Referer": "https://testserver/"})
        assert stranger.cookies[settings.SESSION_COOKIE_NAME]["secure"]
        assert stranger.cookies[settings.CSRF_COOKIE_NAME]["secure"]


def test_every_form_needs_its_token(administrator: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("new_bank", "new_token", "new_person", "new_endpoint", "check", "set_language", "account_logout"):
        response = browser.post(reverse(name), {"name": "waves"})
        assert response.status_code == 403, name
        assert "This form is no longer valid" in response.content.decode()


def test_codes_are_asked_for_after_the_password_once_set_up(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    secret = enrol(stranger)
    assert "user.factor-enrol" in Entry.objects.values_list("action", flat=True)
    browser = Client()
    assert sign_in(browser, administrator.email) == 302
    assert browser.get("/").status_code == 302  # not yet
    assert browser.post("/sign-in/code/", {"code": "000000"}).status_code == 200
    assert browser.post("/sign-in/code/", {"code": code(secret)}).status_code == 302
    assert browser.get("/").status_code == 200


def test_a_code_works_once(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    shown = code(enrol(stranger))
    answers = []
    for browser in (Client(), Client()):
        sign_in(browser, administrator.email)
        browser.post("/sign-in/code/", {"code": shown})
        answers.append(browser.get("/").status_code)
    assert answers == [200, 302]


def test_codes_cannot_be_guessed(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    secret = enrol(stranger)
    browser = Client()
    sign_in(browser, administrator.email)
    for _ in range(5):
        browser.post("/sign-in/code/", {"code": "000000"})
    assert TOO_MANY in browser.post("/sign-in/code/", {"code": code(secret)}).content.decode()


def test_a_recovery_code_signs_in_once(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    enrol(stranger)
    codes = stranger.get("/me/codes/recovery/download/").content.decode().split()
    assert len(codes) == 10
    for expected in (200, 302):
        browser = Client()
        sign_in(browser, administrator.email)
        browser.post("/sign-in/code/", {"code": codes[0]})
        assert browser.get("/").status_code == expected


def test_secrets_of_codes_are_kept_sealed(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    secret = enrol(stranger)
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in kept
    assert unseal(kept) == secret


def test_what_another_key_sealed_is_told_apart() -> None:
    sealed = seal("secret")
    with override_settings(SECRET_KEY="another key, as long as it has to be"), pytest.raises(Unsealable):
        unseal(sealed)


@override_settings(REQUIRE_TOTP="administrators")
def test_a_role_that_must_have_codes_sees_nothing_before(administrator: User, lead: User, signed_in: SignIn) -> None:
    assert signed_in(administrator).get("/banks/").headers["Location"] == "/me/codes/"
    assert signed_in(administrator).get("/me/codes/").status_code == 200
    assert signed_in(lead).get("/banks/").status_code == 200


def test_an_old_session_is_asked_for_the_password_before_it_gives_power(administrator: User, stranger: Client) -> None:
    sign_in(stranger, administrator.email)
    session = stranger.session
    session["account_authentication_methods"] = [
        {**each, "at": each["at"] - 3600} for each in session["account_authentication_methods"]
    ]
    session.save()
    asked = stranger.post("/tokens/new/", {"name": "gate", "scopes": ["scans:write"]})
    assert asked.headers["Location"].startswith("/sign-in/again/")
    wrong = stranger.post(asked.headers["Location"], {"password": "x"})
    assert wrong.status_code == 200
    after = stranger.post(asked.headers["Location"], {"password": PASSWORD})
    assert "fbt_" in after.content.decode()  # what was asked for is done, without typing it again


def test_a_new_password_ends_the_other_sessions(analyst: User) -> None:
    here, there = Client(), Client()
    sign_in(here, analyst.email)
    sign_in(there, analyst.email)
    new = "nine patient herons"
    assert here.post("/me/password/", {"password": new, "again": new}).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert "user.password" in Entry.objects.values_list("action", flat=True)


def test_an_easy_password_is_refused_beside_its_field(analyst: User, stranger: Client) -> None:
    sign_in(stranger, analyst.email)
    page = stranger.post("/me/password/", {"password": "password1234", "again": "password1234"}).content.decode()
    assert "too common" in page


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_count_one_by_one(analyst: User) -> None:
    def guess(number: int) -> str:
        try:
            told = {"login": analyst.email, "password": f"guess {number}"}
            return Client().post("/sign-in/", told, REMOTE_ADDR=f"203.0.113.{number}").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(16)))
    assert sum(WRONG in answer for answer in answers) <= 5
    assert sum(TOO_MANY in answer for answer in answers) >= 11
