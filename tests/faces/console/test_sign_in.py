"""Signing in: by whom, how often one may guess, and what is left behind."""

from __future__ import annotations

import pytest
from django.test import Client

from firebreak.records.staff.models import User
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(browser: Client, email: str, password: str = PASSWORD, **extra: str) -> int:
    return browser.post("/sign-in/", {"login": email, "password": password}, **extra).status_code  # type: ignore[arg-type]


def test_a_person_signs_in_and_out(analyst: User, stranger: Client) -> None:
    assert stranger.get("/").headers["Location"] == "/sign-in/?next=/"
    assert sign_in(stranger, "ANALYST@example.org ") == 302
    assert stranger.get("/").status_code == 200
    stranger.post("/sign-out/")
    assert stranger.get("/").status_code == 302


def test_a_wrong_password_and_an_unknown_person_look_the_same(analyst: User, stranger: Client) -> None:
    wrong = stranger.post("/sign-in/", {"login": analyst.email, "password": "x"}).content.decode()
    unknown = stranger.post("/sign-in/", {"login": "nobody@example.org", "password": "x"}).content.decode()
    assert "The e-mail address or the password is not right." in wrong
    assert "The e-mail address or the password is not right." in unknown
