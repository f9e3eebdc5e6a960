"""Making and changing banks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from firebreak.records.banks.models import Bank
from firebreak.records.banks.operations.common import announce, subject
from firebreak.records.common.actor import Actor
from firebreak.records.common.errors import Conflict, Invalid
from firebreak.records.ledger.operations import record


class BankFields(TypedDict, total=False):
    """What can be told of a bank and changed later. Thresholds are confidences, None where policy decides."""

    description: str
    label: str
    block_at: float | None
    hold_at: float | None
    review_at: float | None


_HINTS: Final = {
    "name": "use up to 63 lower-case letters, digits, dashes and underscores, a letter or digit first",
    "label": "use the code of a class of content, at most 40 characters",
}
_THRESHOLDS: Final = ("review_at", "hold_at", "block_at")


def create_bank(name: str, *, actor: Actor, **fields: Unpack[BankFields]) -> Bank:
    """Make an empty bank. Raises Invalid, Conflict when the name is taken."""
    bank = Bank(name=name, created_by=str(actor), **fields)
    _require_fit(bank)
    try:
        with transaction.atomic():
            bank.save(force_insert=True)
            record("bank.create", actor=actor, subject=subject(bank), payload={"name": name, **fields})
    except IntegrityError:
        taken = f"there is a bank named {name!r} already"
        raise Conflict(taken, "add to it, or use another name", field="name") from None
    return bank


def change_bank(bank: Bank, *, actor: Actor, **fields: Unpack[BankFields]) -> Bank:
    """Change what is told of a bank. Without a difference nothing happens. Raises Invalid."""
    with transaction.atomic():
        changed = _locked(bank)
        told: dict[str, Any] = {k: v for k, v in fields.items() if getattr(changed, k) != v}
        if not told:
            return changed
        before = {name: getattr(changed, name) for name in told}
        for name, value in told.items():
            setattr(changed, name, value)
        _require_fit(changed)
        changed.save(update_fields=list(told))
        record("bank.change", actor=actor, subject=subject(bank), payload={"before": before, "after": told})
    return changed


def disable_bank(bank: Bank, *, actor: Actor, reason: str = "") -> Bank:
    """Have no reference of a bank match any more, at once. Nothing is lost."""
    return _switch(bank, "bank.disable", actor=actor, reason=reason)


def enable_bank(bank: Bank, *, actor: Actor, reason: str = "") -> Bank:
    """Have the references of a bank match again, at once."""
    return _switch(bank, "bank.enable", actor=actor, reason=reason)


def _switch(bank: Bank, action: str, *, actor: Actor, reason: str) -> Bank:
    enabled = action == "bank.enable"
    with transaction.atomic():
        changed = _locked(bank)
        if changed.enabled != enabled:
            changed.enabled = enabled
            changed.save(update_fields=["enabled"])
            record(action, actor=actor, subject=subject(bank), payload={"reason": reason})
            announce()
    return changed


def _locked(bank: Bank) -> Bank:
    return Bank.objects.select_for_update(no_key=True).get(pk=bank.pk)


def _require_fit(bank: Bank) -> None:
    try:
        bank.clean_fields()
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        value = getattr(bank, field)
        raise Invalid(f"{value!r:.80} is no {field} of a bank", _HINTS.get(field, problems[0]), field=field) from None
    set_ = [(name, value) for name in _THRESHOLDS if (value := getattr(bank, name)) is not None]
    for (low, lower), (high, higher) in pairwise(set_):
        if lower > higher:
            raise Invalid(
                f"{low} ({lower:g}) is above {high} ({higher:g})",
                "whatever blocks is held and reviewed, too: review_at <= hold_at <= block_at",
                field=low,
            )
