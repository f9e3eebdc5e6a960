"""The verbs on a person's second factor, each with its entry in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from allauth.mfa.models import Authenticator
from django.db import transaction

from firebreak.records.common.actor import Actor
from firebreak.records.ledger import operations as ledger
from firebreak.records.staff.models import User

T = TypeVar("T")


def change_factor(user: User, verb: str, do: Callable[[], T]) -> T:
    """Do something to a person's second factor: `enrol`, `remove` or `renew-codes`."""
    with transaction.atomic():
        done = do()
        ledger.record(f"user.factor-{verb}", actor=user.actor, subject=f"user:{user.pk}", payload={})
    return done


def drop_factors(user: User, *, actor: Actor) -> None:
    """Forget someone's second factor, because they have lost it."""
    with transaction.atomic():
        if Authenticator.objects.filter(user_id=user.pk).delete()[0]:
            ledger.record("user.factor-reset", actor=actor, subject=f"user:{user.pk}", payload={})
