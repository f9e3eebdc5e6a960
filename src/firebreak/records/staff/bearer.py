"""Who may call a route: the bearer token of a program, whose scopes must hold the route's permission.

A route says it where it is declared, `auth=requires(Permission.SCANS_WRITE)`, so that whoever reads the list of routes
sees what each needs. Stands here, and not with the faces, because desks declare routes too.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.db import Error as DatabaseProblem
from django.http import HttpRequest
from ninja.security import HttpBearer

from firebreak.records.common import rates
from firebreak.records.common.errors import Forbidden, TooMany, Unauthenticated
from firebreak.records.common.settings import settings
from firebreak.records.staff import tokens
from firebreak.records.staff.operations import digest
from firebreak.records.staff.permissions import Permission
from firebreak.records.staff.tokens import TokenIdentity

_HINT: Final = "send the header `Authorization: Bearer fbt_...`; `firebreak token create` makes a token"
_MOST_REMEMBERED: Final = 1000
_lately: dict[bytes, TokenIdentity] = {}  # for as long as this process lives


class Bearer(HttpBearer):
    """Lets a request through whose token holds `permission`, and not more of them a second than one may send."""

    def __init__(self, permission: Permission, *, without_database: bool = False) -> None:
        super().__init__()
        self.permission = permission
        self.without_database = without_database

    def __call__(self, request: HttpRequest) -> TokenIdentity:
        """Return who calls. Raises Unauthenticated, Forbidden, TooMany."""
        scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, secret.strip() if scheme.lower() == "bearer" else "")

    def authenticate(self, request: HttpRequest, token: str) -> TokenIdentity:  # noqa: ARG002 - HttpBearer's signature
        """Return who calls, by the token's secret. Raises Unauthenticated, Forbidden, TooMany."""
        if not token:
            raise Unauthenticated("this request carries no bearer token", _HINT)
        identity = self._identity(token)
        if identity is None:
            raise Unauthenticated("this token is unknown, expired or revoked", _HINT)
        if self.permission not in identity.scopes:
            raise Forbidden(
                f"the token {identity.name!r} lacks the scope {self.permission.value}",
                f"use a token with the scope {self.permission.value}",
            )
        _require_rate(identity)
        return identity

    def _identity(self, token: str) -> TokenIdentity | None:
        try:
            identity = tokens.authenticate(token)
        except DatabaseProblem:
            if self.without_database and (known := _lately.get(digest(token))):
                return known
            raise
        if self.without_database and identity:
            _remember(token, identity)
        return identity


@cache
def requires(permission: Permission, *, without_database: bool = False) -> Bearer:
    """Return what lets only tokens with a permission through.

    `without_database` is for routes that have an answer even then: programs that were let in lately still are.
    """
    return Bearer(permission, without_database=without_database)


def caller(request: HttpRequest) -> TokenIdentity:
    """Return whose token a request that was let through carries."""
    identity: Any = getattr(request, "auth", None)
    if not isinstance(identity, TokenIdentity):
        raise TypeError("this route lets everyone in: it has no caller")
    return identity


def _remember(token: str, identity: TokenIdentity) -> None:
    if len(_lately) >= _MOST_REMEMBERED:
        _lately.clear()
    _lately[digest(token)] = identity


def _require_rate(identity: TokenIdentity) -> None:
    limit = settings().rate_limit
    wait = rates.of("token", limit).take(identity.id) if limit else 0.0
    if wait:
        raise TooMany(
            f"the token {identity.name!r} sends more than {limit} requests a second",
            "spread them out, send look-ups in batches, or raise FIREBREAK_RATE_LIMIT",
            after=wait,
        )
