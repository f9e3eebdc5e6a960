"""The rules as they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from firebreak.records.banks.models import Bank
from firebreak.records.policies.decisions import DEFAULTS, NOTHING, BankTerms, Decision, Evidence, Rule, decide
from firebreak.records.policies.models import VerdictRule


def rules() -> list[Rule]:
    """Return the table of rules; where it is empty, what then holds."""
    rows = VerdictRule.objects.values_list("label", "verdict", "min_confidence")
    return [Rule(label, verdict, at) for label, verdict, at in rows] or list(DEFAULTS)


def terms(banks: Collection[str]) -> dict[str, BankTerms]:
    """Return what banks say of themselves, by name."""
    rows = Bank.objects.filter(name__in=banks).values_list("name", "label", "block_at", "hold_at", "review_at")
    return {
        name: BankTerms(
            label, {v: at for v, at in zip(("block", "hold", "review"), own, strict=True) if at is not None}
        )
        for name, label, *own in rows
    }


def decision(evidence: Sequence[Evidence]) -> Decision:
    """Return what follows from findings by the rules as they stand. Without findings nothing is asked."""
    if not evidence:
        return NOTHING
    return decide(evidence, rules(), terms({e.bank for e in evidence}))
