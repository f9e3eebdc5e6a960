"""Every route with every scope: a token that lacks it is turned away before anything else is looked at."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from firebreak.faces.api.app import api
from firebreak.faces.api.openapi import operations, permission
from firebreak.records.staff import operations as staff
from firebreak.records.staff.permissions import Permission
from tests.cast import Program

ROUTES = [(method, path, cast(Permission, permission(operation))) for method, path, operation in operations(api)]
pytestmark = pytest.mark.django_db


def ask(client: Client, method: str, path: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """Send a request with no body to a route, its variables filled with what does not exist."""
    path = re.sub(r"\{uuid\w*:\w+\}", str(UUID(int=7)), path)
    path = re.sub(r"\{(int:)?\w+\}", "7", path)
    path = re.sub(r"\{\w+:\w+\}", "nothing", path)
    answer: Any = client.generic(method, f"/api/v1{path}", headers=headers or {})
    return cast(HttpResponse, answer)


def test_there_are_routes() -> None:
    assert ("POST", "/scans", Permission.SCANS_WRITE) in ROUTES


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_every_route_says_which_scope_it_needs(method: str, path: str, needed: Permission | None) -> None:
    assert needed is not None, f"{method} {path} lets everybody in"


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_nobody_gets_in_without_a_token(client: Client, method: str, path: str, needed: Permission) -> None:
    answer = ask(client, method, path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="firebreak"'
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_only_the_scope_of_a_route_opens_it(
    client: Client, programs: dict[Permission, Program], method: str, path: str, needed: Permission
) -> None:
    let_in = {scope for scope, has in programs.items() if ask(client, method, path, has.headers).status_code != 403}
    assert let_in == {needed}


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer fbt_wrong", "fbt_wrong"])
def test_what_is_no_token_is_turned_away(client: Client, sent: str) -> None:
    answer = client.get("/api/v1/lookups", headers={"Authorization": sent})
    assert answer.status_code == 401
    assert "token" in answer.json()["detail"]


def test_a_session_of_the_console_opens_no_route(client: Client, administrator: Any) -> None:
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/api/v1/scans/{UUID(int=7)}").status_code == 401


def test_a_refusal_names_the_scope_and_what_to_do(client: Client, programs: dict[Permission, Program]) -> None:
    problem = client.get(f"/api/v1/scans/{UUID(int=7)}", headers=programs[Permission.BANKS_READ].headers).json()
    assert problem["status"] == 403
    assert "scans:read" in problem["detail"]
    assert "scans:read" in problem["hint"]


def test_a_revoked_token_is_turned_away(client: Client, program: Any, administrator: Any) -> None:
    has = program(Permission.SCANS_READ)
    assert ask(client, "GET", f"/scans/{UUID(int=7)}", has.headers).status_code == 404
    staff.revoke_token(has.token, actor=administrator.actor)
    from firebreak.records.staff import tokens  # noqa: PLC0415

    tokens.forget()  # a second later
    assert ask(client, "GET", f"/scans/{UUID(int=7)}", has.headers).status_code == 401
