"""Who a token's secret belongs to: asked on every request, so answered from memory for up to a second."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.staff.models import ApiToken
from firebreak.records.staff.operations import TOKEN_MARK, digest
from firebreak.records.staff.permissions import Permission

REMEMBER: Final = 1.0  # s; a revoked token is let in no longer than this
FLUSH_EVERY: Final = 60.0  # s
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """A program that was let in, and what it may."""

    id: UUID
    name: str
    scopes: frozenset[Permission]
    actor: Actor

    def may(self, permission: Permission) -> bool:
        """Tell whether the token's scopes allow something."""
        return permission in self.scopes


@dataclass(frozen=True, slots=True)
class _Answer:
    until: float
    identity: TokenIdentity | None
    expires_at: datetime | None


_answers: dict[bytes, _Answer] = {}
_used: dict[UUID, datetime] = {}
_lock = threading.Lock()


def authenticate(secret: str) -> TokenIdentity | None:
    """Return whose secret this is, or None when it is nobody's, revoked or past its time.

    Secrets are found by their SHA-256, never compared as text: how long an answer takes tells nothing about them.
    """
    if not secret.startswith(TOKEN_MARK):
        return None
    key, at = digest(secret), now()
    answer = _answers.get(key)
    if answer is None or answer.until < time.monotonic():
        answer = _ask(key)
        _remember(key, answer)
    if answer.identity is None or (answer.expires_at is not None and answer.expires_at <= at):
        return None
    with _lock:
        _used[answer.identity.id] = at
    return answer.identity


def forget() -> None:
    """Drop what is remembered, so that the next question goes to the database."""
    _answers.clear()


def flush_last_use() -> int:
    """Write down when tokens were last used; returns how many were."""
    global _used  # noqa: PLW0603 - swapped whole, so that requests wait for nothing
    with _lock:
        used, _used = _used, {}
    if not used:
        return 0
    try:
        return _write_last_use(sorted(used.items()))
    except DatabaseError:
        with _lock:
            _used = {**used, **_used}
        raise


def run(stop: threading.Event) -> None:
    """Write down last uses once a minute until told to stop, and then once more. What fails is tried again."""
    while not stop.wait(FLUSH_EVERY):
        flush_last_use()
        connection.close()  # rather than hold one for a minute
    flush_last_use()


def _write_last_use(used: list[tuple[UUID, datetime]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE staff_apitoken SET last_used_at = used.at"
            " FROM unnest(%s::uuid[], %s::timestamptz[]) AS used(id, at)"
            " WHERE staff_apitoken.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)",
            [[id_ for id_, _ in used], [at for _, at in used]],
        )
        return int(cursor.rowcount)


def _ask(key: bytes) -> _Answer:
    until = time.monotonic() + REMEMBER
    token = ApiToken.objects.usable().filter(digest=key).first()
    if token is None:
        return _Answer(until, None, None)
    identity = TokenIdentity(token.pk, token.name, token.permissions, token.actor)
    return _Answer(until, identity, token.expires_at)


def _remember(key: bytes, answer: _Answer) -> None:
    if len(_answers) >= _MOST:
        _answers.clear()
    _answers[key] = answer
