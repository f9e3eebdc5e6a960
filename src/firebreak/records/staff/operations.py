"""The verbs on people and tokens: who is let in, and as what."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, Forbidden, Invalid, NotFound
from firebreak.records.ledger import operations as ledger
from firebreak.records.staff.models import ApiToken, User
from firebreak.records.staff.permissions import Permission, Role

TOKEN_MARK: Final = "fbt_"  # noqa: S105 - lets scanners for leaked secrets know one
_PREFIX: Final = len(TOKEN_MARK) + 6


def create_user(
    email: str, name: str, role: str, password: str | None = None, *, actor: Actor, language: str = ""
) -> tuple[User, str | None]:
    """Make a person. Without a password, one is drawn and returned beside the person: it can never be shown again.

    Raises Invalid for a field that makes no sense, Conflict when the e-mail address is taken.
    """
    user = User(email=_email(email), name=_name(name), role=_role(role), language=_language(language))
    drawn = None if password else secrets.token_urlsafe(15)
    _give_password(user, password or drawn or "")
    with transaction.atomic():
        _insert(user)
        held = {"email": user.email, "name": user.name, "role": user.role}
        ledger.record("user.create", actor=actor, subject=_subject(user), payload=held)
    return user, drawn


def change_role(user: User, role: str, *, actor: Actor) -> None:
    """Give a person another role. Raises Conflict when they are the last administrator."""
    wanted = _role(role)
    with transaction.atomic():
        held = _locked(user)
        if held.role == wanted:
            return
        if held.role == Role.ADMINISTRATOR and held.is_active:
            _keep_an_administrator_besides(held)
        before, held.role = held.role, wanted
        held.save(update_fields=["role"])
        ledger.record("user.role", actor=actor, subject=_subject(held), payload={"from": before, "to": wanted})
    user.role = wanted


def deactivate_user(user: User, *, actor: Actor) -> None:
    """End a person's access. Raises Conflict when they are the last administrator."""
    with transaction.atomic():
        held = _locked(user)
        if not held.is_active:
            return
        if held.role == Role.ADMINISTRATOR:
            _keep_an_administrator_besides(held)
        _set_active(held, active=False, actor=actor)
    user.is_active = False


def reactivate_user(user: User, *, actor: Actor) -> None:
    """Let a person in again."""
    with transaction.atomic():
        held = _locked(user)
        if held.is_active:
            return
        _set_active(held, active=True, actor=actor)
    user.is_active = True


def set_password(user: User, password: str, *, actor: Actor) -> None:
    """Change a person's password; it ends their other sessions. Raises Invalid for one that is easily guessed."""
    _give_password(user, password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        ledger.record("user.password", actor=actor, subject=_subject(user), payload={})


def reset_password(user: User, *, actor: Actor) -> str:
    """Draw a new password and return it: it can never be shown again."""
    password = secrets.token_urlsafe(15)
    set_password(user, password, actor=actor)
    return password


def set_language(user: User, language: str, *, actor: Actor) -> None:
    """Choose the language of a person's pages; empty for the installation's. Raises Invalid for an unknown one."""
    wanted = _language(language)
    with transaction.atomic():
        before, user.language = user.language, wanted
        user.save(update_fields=["language"])
        ledger.record("user.language", actor=actor, subject=_subject(user), payload={"from": before, "to": wanted})


def create_token(
    name: str, scopes: Iterable[str], *, actor: Actor, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a token. Returns it and its secret, which can never be shown again.

    Raises Invalid for an unknown scope or a time that is past, Forbidden for a scope that its maker lacks.
    """
    wanted = _scopes(scopes)
    if expires_at is not None and expires_at <= now():
        raise Invalid("the token would have ended already", "name a time to come", field="expires_at")
    secret = TOKEN_MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        _refuse_more_than_held(wanted, actor)
        token = ApiToken.objects.create(
            name=_name(name),
            digest=digest(secret),
            prefix=secret[:_PREFIX],
            scopes=wanted,
            created_by_id=UUID(actor.id) if actor.kind == "user" else None,
            expires_at=expires_at,
        )
        ends = expires_at.isoformat() if expires_at else None
        held = {"name": token.name, "scopes": wanted, "expires_at": ends}
        ledger.record("token.create", actor=actor, subject=f"token:{token.pk}", payload=held)
    return token, secret


def revoke_token(token: ApiToken, *, actor: Actor) -> None:
    """End a token, everywhere within a second. To revoke one twice changes nothing."""
    with transaction.atomic():
        at = now()
        if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
            token.revoked_at = at
            ledger.record("token.revoke", actor=actor, subject=f"token:{token.pk}", payload={})


def digest(secret: str) -> bytes:
    """Return what a token is kept and found as. Its secret is 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _subject(user: User) -> str:
    return f"user:{user.pk}"


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(f"{user.email} is taken", "use another e-mail address", field="email") from None


def _locked(user: User) -> User:
    """Return the person as they are now, held until the end of the transaction.

    Administrators are locked before anyone, in one order, so that two of them removing each other take turns.
    """
    list(_administrators().select_for_update().order_by("pk").values_list("pk"))
    held = User.objects.select_for_update().filter(pk=user.pk).first()
    if held is None:
        raise NotFound("there is no such person")
    return held


def _administrators() -> QuerySet[User]:
    return User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)


def _keep_an_administrator_besides(user: User) -> None:
    if not _administrators().exclude(pk=user.pk).exists():
        raise Conflict(f"{user} is the last administrator", "make someone else an administrator first", field="role")


def _set_active(user: User, *, active: bool, actor: Actor) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    verb = "user.reactivate" if active else "user.deactivate"
    ledger.record(verb, actor=actor, subject=_subject(user), payload={})


def _give_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise Invalid(" ".join(problem.messages), field="password") from None
    user.set_password(password)


def _email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(f"{text!r} is no e-mail address", field="email") from None
    return email


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= 200 or not name.isprintable():
        raise Invalid("a name is 1 to 200 printable characters", field="name")
    return name


def _role(text: str) -> str:
    if text not in set(Role):
        raise Invalid(f"{text!r} is no role", f"use one of {', '.join(Role)}", field="role")
    return str(Role(text))


def _language(text: str) -> str:
    if text and text not in dict(settings.LANGUAGES):
        raise Invalid(
            f"{text!r} is no language here", f"use one of {', '.join(dict(settings.LANGUAGES))}", field="language"
        )
    return text


def _scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted({str(scope) for scope in scopes})
    unknown = [scope for scope in wanted if scope not in set(Permission)]
    if unknown:
        raise Invalid(f"{unknown[0]!r} is no scope", f"use some of {', '.join(Permission)}", field="scopes")
    if not wanted:
        raise Invalid("a token without a scope allows nothing", "name at least one", field="scopes")
    return wanted


def _refuse_more_than_held(wanted: list[str], actor: Actor) -> None:
    lacking = [scope for scope in wanted if scope not in _held(actor)]
    if lacking:
        raise Forbidden(f"you may not give {', '.join(lacking)}: you do not have it yourself", field="scopes")


def _held(actor: Actor) -> frozenset[Permission]:
    """Return what an actor may, as the database has it now."""
    if actor.kind == "system":
        return frozenset(Permission)
    if actor.kind == "token":
        token = ApiToken.objects.usable().filter(pk=actor.id).first()
        return token.permissions if token else frozenset()
    user = User.objects.filter(pk=actor.id).first()
    return frozenset(p for p in Permission if user.may(p)) if user else frozenset()
