"""Changing the table of rules."""

from __future__ import annotations

from django.db import transaction

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Invalid, NotFound
from firebreak.records.ledger import operations as ledger
from firebreak.records.policies.labels import LABELS
from firebreak.records.policies.models import VERDICTS, VerdictRule


def set_rule(label: str, verdict: str, min_confidence: float, *, actor: Actor) -> VerdictRule:
    """Have findings in banks with `label` ("" for others) lead to `verdict` from a confidence on. Raises Invalid."""
    _require_known(label, verdict)
    if not 0.0 <= min_confidence <= 1.0:
        raise Invalid("a confidence is a number from 0 to 1", "use 0.99, for example", field="min_confidence")
    with transaction.atomic():
        rule, _ = VerdictRule.objects.update_or_create(
            label=label,
            verdict=verdict,
            defaults={"min_confidence": min_confidence, "changed_by": str(actor), "changed_at": now()},
        )
        _record("policy.set-rule", rule, actor, {"min_confidence": min_confidence})
    return rule


def remove_rule(label: str, verdict: str, *, actor: Actor) -> None:
    """Take a rule away, so that nothing leads to that verdict for that label. Raises NotFound."""
    with transaction.atomic():
        rule = VerdictRule.objects.select_for_update().filter(label=label, verdict=verdict).first()
        if rule is None:
            raise NotFound(f"there is no rule for {label or 'any label'} that says {verdict}", "look at the table")
        rule.delete()
        _record("policy.remove-rule", rule, actor, {"min_confidence": rule.min_confidence})


def _require_known(label: str, verdict: str) -> None:
    if label and label not in LABELS:
        raise Invalid(f"there is no label {label!r}", f"use one of {', '.join(LABELS)}", field="label")
    if label and LABELS[label].spares:
        raise Invalid(f"{label} never stops anything, so it has no rules", "label the bank otherwise", field="label")
    if verdict not in dict(VERDICTS):
        raise Invalid(f"a rule cannot say {verdict!r}", "use block, hold or review", field="verdict")


def _record(action: str, rule: VerdictRule, actor: Actor, payload: dict[str, float]) -> None:
    subject = f"rule:{rule.label or 'any'}:{rule.verdict}"
    ledger.record(action, actor=actor, subject=subject, payload=payload)
