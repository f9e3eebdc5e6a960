"""People and tokens by hand: given, changed and taken away, and what may not be."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from firebreak.records.ledger.models import Entry
from firebreak.records.staff import tokens
from firebreak.records.staff.models import ApiToken, User
from firebreak.records.staff.permissions import Permission, Role
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(administrator: User) -> Client:
    """Return the browser of an administrator who has just signed in."""
    made = Client()
    made.post("/sign-in/", {"login": administrator.email, "password": PASSWORD})
    return made


def shown_once(page: str) -> str:
    found = re.search(r'class="once">.*?data-copy="([^"]+)"', page, re.DOTALL)
    assert found
    return found[1]


def test_someone_new_gets_a_password_that_works(browser: Client) -> None:
    told = {"email": "new@example.org", "name": "Noor", "role": "moderator"}
    page = browser.post("/people/new/", told).content.decode()
    other = Client()
    other.post("/sign-in/", {"login": "new@example.org", "password": shown_once(page)})
    assert other.get("/banks/").status_code == 200
    assert other.get("/people/").status_code == 403


def test_an_address_that_is_taken_is_said_beside_it(browser: Client, analyst: User) -> None:
    page = browser.post("/people/new/", {"email": analyst.email, "name": "Ana", "role": "lead"}).content.decode()
    assert "is taken" in page
    assert 'aria-invalid="true"' in page


def test_a_role_changes_and_the_ledger_knows_who_changed_it(
    browser: Client, administrator: User, analyst: User
) -> None:
    browser.post(f"/people/{analyst.pk}/", {"role": "lead"})
    analyst.refresh_from_db()
    assert analyst.role == Role.LEAD
    assert Entry.objects.get(action="user.role").actor == f"user:{administrator.pk}"


def test_the_last_administrator_stays(browser: Client, administrator: User) -> None:
    for path, told in ((f"/people/{administrator.pk}/access/", {}), (f"/people/{administrator.pk}/", {"role": "lead"})):
        page = browser.post(path, told, follow=True).content.decode()
        assert "is the last administrator" in page
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.role == Role.ADMINISTRATOR


def test_who_is_let_go_is_signed_out_and_can_come_back(browser: Client, analyst: User, signed_in: SignIn) -> None:
    theirs = signed_in(analyst)
    browser.post(f"/people/{analyst.pk}/access/")
    assert theirs.get("/").status_code == 302
    browser.post(f"/people/{analyst.pk}/access/")
    assert signed_in(analyst).get("/").status_code == 200


def test_who_lost_password_and_app_is_helped(browser: Client, analyst: User, signed_in: SignIn) -> None:
    theirs = signed_in(analyst)
    Authenticator.objects.create(user_id=analyst.pk, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    browser.post(f"/people/{analyst.pk}/reset/", {"what": "codes"})
    assert not Authenticator.objects.exists()
    assert Entry.objects.filter(action="user.factor-reset", subject=f"user:{analyst.pk}").exists()
    page = browser.post(f"/people/{analyst.pk}/reset/").content.decode()
    assert theirs.get("/").status_code == 302
    other = Client()
    other.post("/sign-in/", {"login": analyst.email, "password": shown_once(page)})
    assert other.get("/").status_code == 200


def test_a_token_allows_what_was_ticked_and_is_never_shown_again(browser: Client) -> None:
    told = {"name": "gate", "scopes": ["scans:write"], "ends": "30"}
    secret = shown_once(browser.post("/tokens/new/", told).content.decode())
    known = tokens.authenticate(secret)
    assert known
    assert known.scopes == {Permission.SCANS_WRITE}
    assert secret not in browser.get("/tokens/").content.decode()
    made = ApiToken.objects.get()
    assert made.expires_at
    browser.post(f"/tokens/{made.pk}/revoke/")
    tokens.forget()
    assert tokens.authenticate(secret) is None


def test_a_scope_that_nobody_offered_is_refused(browser: Client) -> None:
    page = browser.post("/tokens/new/", {"name": "gate", "scopes": ["everything"]}).content.decode()
    assert 'role="alert"' in page
    assert not ApiToken.objects.exists()
