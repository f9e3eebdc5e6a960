"""The cast: people of every role, a stranger, and tokens. Every test may ask for them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from firebreak.records.common.actor import SYSTEM
from firebreak.records.staff import operations as staff
from firebreak.records.staff import tokens
from firebreak.records.staff.models import ApiToken, User
from firebreak.records.staff.permissions import Permission, Role

PASSWORD: Final = "seven quiet otters"


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its token and the secret that it shows."""

    token: ApiToken
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with each request; for Django's test client: `client.get(path, headers=program.headers)`."""
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture(scope="session")
def _password_hash() -> str:
    return make_password(PASSWORD)  # slow by design, so once


@pytest.fixture
def person(db: None, _password_hash: str) -> Callable[[Role], User]:
    """Return what makes a person of a role, who signs in with `PASSWORD`."""

    def make(role: Role) -> User:
        made = User.objects.create(email=f"{role}@example.org", name=str(role).title(), role=role)
        User.objects.filter(pk=made.pk).update(password=_password_hash)
        made.refresh_from_db()
        return made

    return make


@pytest.fixture
def administrator(person: Callable[[Role], User]) -> User:
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def lead(person: Callable[[Role], User]) -> User:
    return person(Role.LEAD)


@pytest.fixture
def moderator(person: Callable[[Role], User]) -> User:
    return person(Role.MODERATOR)


@pytest.fixture
def legal(person: Callable[[Role], User]) -> User:
    return person(Role.LEGAL)


@pytest.fixture
def analyst(person: Callable[[Role], User]) -> User:
    return person(Role.ANALYST)


@pytest.fixture
def stranger() -> Client:
    """Return a browser of someone who is not signed in."""
    return Client()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Return what gives the browser of a person who is signed in."""

    def sign_in(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in


@pytest.fixture
def program(db: None) -> Callable[..., Program]:
    """Return what makes a token with scopes: `program(Permission.SCANS_WRITE)`."""
    tokens.forget()

    def make(*scopes: Permission) -> Program:
        name = " ".join(scopes) or "everything"
        return Program(*staff.create_token(name, scopes or list(Permission), actor=SYSTEM))

    return make


@pytest.fixture
def programs(program: Callable[..., Program]) -> dict[Permission, Program]:
    """Return one token for each scope, that allows nothing else."""
    return {permission: program(permission) for permission in Permission}
