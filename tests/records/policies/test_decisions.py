"""From findings to a verdict."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Problem
from firebreak.records.ledger.models import Entry
from firebreak.records.policies import operations, queries
from firebreak.records.policies.decisions import DEFAULTS, NOTHING, SEVERITY, BankTerms, Evidence, Rule, decide
from firebreak.records.policies.labels import LABELS
from firebreak.records.policies.models import VerdictRule

TABLE = [*DEFAULTS, Rule("manifesto", "hold", 0.9), Rule("manifesto", "review", 0.5)]
BANKS = {
    "attacks": BankTerms("attack-footage"),
    "texts": BankTerms("manifesto"),
    "news": BankTerms("context"),
    "strict": BankTerms("manifesto", {"block": 0.8}),
}


def found(bank: str, confidence: float, *kinds: str) -> Evidence:
    return Evidence(bank, "clip", confidence, kinds or ("pdq",))


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (found("attacks", 0.995), "block"),
        (found("attacks", 0.95), "hold"),
        (found("attacks", 0.6), "review"),
        (found("attacks", 0.4), "allow"),
        (found("texts", 0.9999), "hold"),  # its label has no rule that blocks
        (found("strict", 0.85), "block"),  # the bank's own threshold
        (found("strict", 0.79), "review"),  # and the table's where it has none
        (found("unheard-of", 0.995), "block"),
        (found("news", 0.9999), "allow"),
    ],
)
def test_a_finding_leads_to_the_gravest_verdict_whose_confidence_it_reaches(evidence: Evidence, verdict: str) -> None:
    assert decide([evidence], TABLE, BANKS).verdict == verdict


def test_without_findings_nothing_is_stopped() -> None:
    assert decide([], TABLE, BANKS) is NOTHING


def test_of_several_findings_the_gravest_counts_and_is_named() -> None:
    decided = decide([found("texts", 0.99), found("attacks", 0.995)], TABLE, BANKS)
    assert decided.verdict == "block"
    assert decided.told()["bank"] == "attacks"
    assert decided.told()["rule"] == {"origin": "table", "label": "", "verdict": "block", "min_confidence": 0.99}
    assert "clip of bank attacks was found with confidence 0.995" in decided.text


def test_a_banks_own_threshold_is_told_as_its_own() -> None:
    assert decide([found("strict", 0.85)], TABLE, BANKS).told()["rule"]["origin"] == "bank"


def test_what_also_shows_known_context_is_held_for_a_person_instead_of_blocked() -> None:
    decided = decide([found("attacks", 0.999), found("news", 0.95)], TABLE, BANKS)
    assert decided.verdict == "hold"
    assert "a person decides" in decided.text
    assert decide([found("attacks", 0.999), found("news", 0.6)], TABLE, BANKS).verdict == "block"


def test_the_very_file_of_known_context_is_allowed() -> None:
    assert decide([found("attacks", 0.999), found("news", 0.9999, "sha256")], TABLE, BANKS).verdict == "allow"


@given(
    st.lists(st.builds(found, st.sampled_from([*BANKS, "other"]), st.floats(0, 1)), max_size=5),
    st.sampled_from(list(BANKS)),
    st.floats(0, 1),
)
def test_more_evidence_never_makes_a_verdict_milder_except_by_context(
    evidence: list[Evidence], bank: str, confidence: float
) -> None:
    before, after = (decide(each, TABLE, BANKS) for each in (evidence, [*evidence, found(bank, confidence)]))
    assert SEVERITY[after.verdict] >= SEVERITY[before.verdict] or BANKS[bank].label == "context"


@given(st.lists(st.builds(found, st.sampled_from([*BANKS, "other"]), st.floats(0, 1)), max_size=5))
def test_context_alone_never_stops_anything(evidence: list[Evidence]) -> None:
    spared = [Evidence("news", e.reference, e.confidence, e.kinds) for e in evidence]
    assert decide(spared, TABLE, BANKS).verdict == "allow"


@pytest.fixture
def first_table(db: None) -> None:
    """Fill the table as the migration does; tests of transactions leave it empty."""
    VerdictRule.objects.all().delete()
    import_module("firebreak.records.policies.migrations.0002_default_rules").add(apps, None)


@pytest.mark.usefixtures("first_table")
def test_the_first_table_has_rules_for_all_labels_but_context() -> None:
    labels = {rule.label for rule in queries.rules()}
    assert labels == {"", *(name for name, label in LABELS.items() if not label.spares)}


@pytest.mark.django_db
def test_an_empty_table_does_not_let_everything_through() -> None:
    VerdictRule.objects.all().delete()
    assert queries.decision([found("attacks", 0.999)]).verdict == "block"


@pytest.mark.usefixtures("first_table")
def test_changing_a_rule_stands_in_the_ledger() -> None:
    operations.set_rule("manifesto", "block", 0.999, actor=SYSTEM)
    operations.remove_rule("manifesto", "hold", actor=SYSTEM)
    entries = Entry.objects.filter(action__startswith="policy.").values_list("action", "subject")
    assert list(entries) == [
        ("policy.set-rule", "rule:manifesto:block"),
        ("policy.remove-rule", "rule:manifesto:hold"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "verdict", "at"),
    [("unheard-of", "block", 0.9), ("context", "block", 0.9), ("", "allow", 0.9), ("", "block", 1.1)],
)
def test_a_rule_that_makes_no_sense_is_refused(label: str, verdict: str, at: float) -> None:
    with pytest.raises(Problem):
        operations.set_rule(label, verdict, at, actor=SYSTEM)


@pytest.mark.django_db
def test_a_rule_that_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(Problem, match="no rule"):
        operations.remove_rule("manifesto", "block", actor=SYSTEM)
