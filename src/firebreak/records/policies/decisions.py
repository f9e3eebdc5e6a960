"""From findings to a verdict, and why. Pure: rules and banks come as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from firebreak.records.policies.labels import LABELS

Verdict = Literal["block", "hold", "review", "allow"]

SEVERITY: Final[Mapping[str, int]] = {"allow": 0, "review": 1, "hold": 2, "block": 3}
# From this confidence on a finding of context keeps an item from being blocked unseen.
CONTEXT_SURE: Final = 0.9
_EXACT: Final = frozenset({"sha256", "md5"})


@dataclass(frozen=True, slots=True)
class BankTerms:
    """What a bank says of itself: its label, and its own thresholds in place of the table's."""

    label: str = ""
    thresholds: Mapping[str, float] | None = None  # by verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """What policy needs to know of a finding."""

    bank: str
    reference: str
    confidence: float
    kinds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """From `min_confidence` on, a finding in a bank with `label` leads to `verdict`; label "" is for all others."""

    label: str
    verdict: str
    min_confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, the finding and the rule that led to it, and the reason in one sentence."""

    verdict: Verdict
    text: str
    evidence: Evidence | None = None
    rule: Rule | None = None
    origin: Literal["table", "bank", "context", "none"] = "none"

    def told(self) -> dict[str, Any]:
        """Return what the API answers as `decision`."""
        told: dict[str, Any] = {"verdict": self.verdict, "because": self.text, "rule": None}
        if self.rule:
            told["rule"] = {
                "origin": self.origin,
                "label": self.rule.label,
                "verdict": self.rule.verdict,
                "min_confidence": self.rule.min_confidence,
            }
        if self.evidence:
            told |= {
                "bank": self.evidence.bank,
                "reference": self.evidence.reference,
                "confidence": self.evidence.confidence,
            }
        return told


# What holds where the table is empty: a policy that says nothing would let everything through.
DEFAULTS: Final = (Rule("", "block", 0.99), Rule("", "hold", 0.9), Rule("", "review", 0.5))
NOTHING: Final = Decision("allow", "no reference was found")


def decide(evidence: Sequence[Evidence], rules: Iterable[Rule], banks: Mapping[str, BankTerms]) -> Decision:
    """Return the gravest verdict that any finding leads to, and why.

    Context is spared: the very file of a reference there is allowed, and an item that shows one is held for a person
    where it would have been blocked.
    """
    if not evidence:
        return NOTHING
    table = list(rules)
    context = [e for e in evidence if _spares(_terms(e, banks).label)]
    if exact := next((e for e in context if _EXACT & set(e.kinds)), None):
        return _spared("allow", "this very file is known as context", exact)
    decisions = [_of_one(e, table, _terms(e, banks)) for e in evidence]
    gravest = max(decisions, key=lambda d: (SEVERITY[d.verdict], d.evidence.confidence if d.evidence else 0.0))
    if gravest.verdict == "block" and (near := next((e for e in context if e.confidence >= CONTEXT_SURE), None)):
        return _spared("hold", f"{gravest.text}, but it also shows known context: a person decides", near)
    return gravest


def _of_one(evidence: Evidence, table: Sequence[Rule], terms: BankTerms) -> Decision:
    for rule, origin in _rules(table, terms):
        if evidence.confidence >= rule.min_confidence:
            text = (
                f"{evidence.reference} of bank {evidence.bank} was found with confidence {evidence.confidence:.4g}, "
                f"and from {rule.min_confidence:.4g} on {_whose(rule, origin, evidence.bank)} says {rule.verdict}"
            )
            return Decision(rule.verdict, text, evidence, rule, origin)  # type: ignore[arg-type]
    return Decision("allow", f"no rule says anything of a finding this weak in bank {evidence.bank}", evidence)


def _rules(table: Sequence[Rule], terms: BankTerms) -> list[tuple[Rule, Literal["table", "bank"]]]:
    """Return the rules that hold for a bank, the gravest verdict first; its own thresholds go before the table's."""
    if _spares(terms.label):
        return []
    label = terms.label if any(rule.label == terms.label for rule in table) else ""
    found: dict[str, tuple[Rule, Literal["table", "bank"]]] = {
        rule.verdict: (rule, "table") for rule in table if rule.label == label
    }
    for verdict, at in (terms.thresholds or {}).items():
        found[verdict] = Rule(terms.label, verdict, at), "bank"
    return sorted(found.values(), key=lambda each: -SEVERITY[each[0].verdict])


def _whose(rule: Rule, origin: str, bank: str) -> str:
    if origin == "bank":
        return f"bank {bank}"
    return f"the rule for {rule.label}" if rule.label else "the general rule"


def _terms(evidence: Evidence, banks: Mapping[str, BankTerms]) -> BankTerms:
    return banks.get(evidence.bank, BankTerms())


def _spares(label: str) -> bool:
    return label in LABELS and LABELS[label].spares


def _spared(verdict: Verdict, text: str, evidence: Evidence) -> Decision:
    return Decision(verdict, text, evidence, None, "context")
