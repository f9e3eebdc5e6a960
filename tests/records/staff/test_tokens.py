"""A token lets its program in with its scopes, until it ends or is revoked, and is remembered for a second at most."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import fixed, now
from firebreak.records.common.errors import Forbidden, Invalid, NotFound
from firebreak.records.ledger.models import Entry
from firebreak.records.staff import operations as staff
from firebreak.records.staff import queries, tokens
from firebreak.records.staff.models import ApiToken, User
from firebreak.records.staff.permissions import ALLOWED, Permission, Role
from tests.cast import Program

SCOPES = [Permission.SCANS_WRITE, Permission.SCANS_READ]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    tokens.forget()
    yield
    tokens.forget()


@pytest.mark.django_db
def test_a_token_is_its_scopes_and_its_secret_is_kept_nowhere() -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    assert secret.startswith("fbt_")
    assert len(secret) == 47
    assert token.scopes == ["scans:read", "scans:write"]
    kept = "".join(map(str, ApiToken.objects.values_list())) + "".join(map(str, Entry.objects.values_list()))
    assert secret not in kept
    assert secret[10:] not in kept
    entry = Entry.objects.get()
    assert (entry.action, entry.subject) == ("token.create", f"token:{token.pk}")


@pytest.mark.django_db
def test_who_shows_the_secret_is_let_in() -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    identity = tokens.authenticate(secret)
    assert identity is not None
    assert (identity.id, identity.name, identity.scopes) == (token.pk, "gate", frozenset(SCOPES))
    assert (identity.actor.kind, identity.actor.id) == ("token", str(token.pk))
    assert identity.may(Permission.SCANS_WRITE)
    assert not identity.may(Permission.BANKS_READ)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [lambda s: s + "x", lambda s: s[:-1], str.upper, str.strip, lambda s: s[:0]])
def test_nearly_the_secret_is_nobodys(change: Callable[[str], str]) -> None:
    _, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    shown = change(secret)
    assert (tokens.authenticate(shown) is None) is (shown != secret)


@pytest.mark.django_db
@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert tokens.authenticate("fbt_" + text) is None


@pytest.mark.django_db
def test_a_lone_surrogate_is_nobodys() -> None:
    assert tokens.authenticate("fbt_\ud800") is None


@pytest.mark.django_db
def test_it_asks_the_database_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    at = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: at)
    with CaptureQueriesContext(connections["default"]) as asked:
        for _ in range(100):
            assert tokens.authenticate(secret)
            assert tokens.authenticate("fbt_unknown") is None
    assert len(asked) == 2
    at += 1.01
    with CaptureQueriesContext(connections["default"]) as asked:
        tokens.authenticate(secret)
    assert len(asked) == 1


@pytest.mark.django_db
def test_a_revoked_token_is_refused_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    at = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: at)
    assert tokens.authenticate(secret)
    staff.revoke_token(token, actor=SYSTEM)
    at += 1.01
    assert tokens.authenticate(secret) is None
    staff.revoke_token(token, actor=SYSTEM)
    assert list(Entry.objects.values_list("action", flat=True)) == ["token.create", "token.revoke"]


@pytest.mark.django_db
def test_a_token_ends_at_its_time_even_when_it_is_remembered() -> None:
    start = now()
    with fixed(start):
        _, secret = staff.create_token("gate", SCOPES, actor=SYSTEM, expires_at=start + timedelta(days=1))
        assert tokens.authenticate(secret)
    with fixed(start + timedelta(days=1)):
        assert tokens.authenticate(secret) is None
        tokens.forget()
        assert tokens.authenticate(secret) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "scopes", "ends", "field"),
    [
        ("", SCOPES, None, "name"),
        ("gate", [], None, "scopes"),
        ("gate", ["scans:eat"], None, "scopes"),
        ("gate", SCOPES, timedelta(0), "expires_at"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    name: str, scopes: list[str], ends: timedelta | None, field: str
) -> None:
    at = now()
    with fixed(at), pytest.raises(Invalid) as refused:
        staff.create_token(name, scopes, actor=SYSTEM, expires_at=None if ends is None else at + ends)
    assert refused.value.field == field


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_nobody_gives_a_token_more_than_they_have(role: Role, person: Callable[[Role], User]) -> None:
    maker = person(role)
    for permission in Permission:
        if permission in ALLOWED[role]:
            token, _ = staff.create_token("own", [permission], actor=maker.actor)
            assert token.created_by == maker
        else:
            with pytest.raises(Forbidden, match=permission):
                staff.create_token("more", [permission], actor=maker.actor)


@pytest.mark.django_db
def test_a_token_makes_no_token_with_more_than_it_has(program: Callable[..., Program]) -> None:
    maker = program(Permission.TOKENS_WRITE, Permission.SCANS_READ)
    staff.create_token("same", [Permission.SCANS_READ], actor=maker.token.actor)
    with pytest.raises(Forbidden, match="scans:write"):
        staff.create_token("more", SCOPES, actor=maker.token.actor)
    staff.revoke_token(maker.token, actor=SYSTEM)
    with pytest.raises(Forbidden):
        staff.create_token("late", [Permission.SCANS_READ], actor=maker.token.actor)


@pytest.mark.django_db
def test_who_has_left_gives_nothing(administrator: User) -> None:
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    with pytest.raises(Forbidden):
        staff.create_token("late", [Permission.SCANS_READ], actor=administrator.actor)


@pytest.mark.django_db
def test_a_scope_of_another_version_allows_nothing() -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    ApiToken.objects.filter(pk=token.pk).update(scopes=["scans:read", "moon:walk"])
    identity = tokens.authenticate(secret)
    assert identity is not None
    assert identity.scopes == {Permission.SCANS_READ}


@pytest.mark.django_db
def test_the_last_use_is_written_apart_from_the_request() -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    tokens.flush_last_use()
    at = now()
    with fixed(at):
        for _ in range(5):
            tokens.authenticate(secret)
    assert ApiToken.objects.get().last_used_at is None
    assert tokens.flush_last_use() == 1
    assert ApiToken.objects.get().last_used_at == at
    with fixed(at - timedelta(hours=1)):
        tokens.authenticate(secret)
    tokens.flush_last_use()
    assert ApiToken.objects.get(pk=token.pk).last_used_at == at
    assert tokens.flush_last_use() == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_used_is_written_when_the_process_ends() -> None:
    _, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    tokens.authenticate(secret)
    stop = threading.Event()

    def run() -> None:
        try:
            tokens.run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    stop.set()
    thread.join(10)
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.django_db
def test_strangers_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST", 10)
    for number in range(35):
        tokens.authenticate(f"fbt_{number}")
    assert len(tokens._answers) <= 10


@pytest.mark.django_db
def test_tokens_are_found_by_id_and_by_their_first_characters() -> None:
    token, secret = staff.create_token("gate", SCOPES, actor=SYSTEM)
    assert queries.token(str(token.pk)) == queries.token(secret[:10]) == token
    for name in ("fbt_nobody", "0192"):
        with pytest.raises(NotFound):
            queries.token(name)
    ApiToken.objects.create(name="twin", digest=b"x", prefix=token.prefix, scopes=[])
    with pytest.raises(NotFound, match="several"):
        queries.token(token.prefix)
