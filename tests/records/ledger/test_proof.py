"""A proof proves one thing and nothing else: whatever is changed in it, it proves no more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Conflict
from firebreak.records.ledger import operations, proof, queries
from firebreak.records.ledger.checkpoint import Signer
from firebreak.records.ledger.models import Entry, LogKey
from tests.records.ledger.test_verify import JSON, places
from tests.records.ledger.written import sequence, write


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 7, 8, 9])
def test_every_entry_is_provable(size: int) -> None:
    sequence(size)
    key = queries.verifier(LogKey.objects.get())
    for entry in Entry.objects.all():
        for opened in (False, True):
            told = json.loads(json.dumps(queries.prove(entry, opened=opened)))
            leaf, head = proof.check(told, key=key)
            assert (leaf.id, leaf.seq, head.size) == (entry.uuid, entry.seq, size)


@pytest.fixture
def proved(db: None) -> dict[str, Any]:
    sequence(3, 4)
    told: dict[str, Any] = json.loads(json.dumps(queries.prove(Entry.objects.get(seq=4), opened=True)))
    return told


@given(draw=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_any_one_value_that_is_changed_proves_nothing(draw: st.DataObject, proved: dict[str, Any]) -> None:
    changed: Any = json.loads(json.dumps(proved))
    *way, last = draw.draw(st.sampled_from(places(changed)))
    holder = changed
    for step in way:
        holder = holder[step]
    value = draw.draw(JSON | st.text() | st.just("\ud800") | st.just(float("inf")))
    assume(value != holder[last])
    holder[last] = value
    with pytest.raises(proof.ProofError):
        proof.check(changed)


@given(JSON)
def test_no_json_breaks_the_check(anything: object) -> None:
    with pytest.raises(proof.ProofError):
        proof.check(anything)


@pytest.mark.django_db
def test_a_proof_by_another_key_proves_nothing(proved: dict[str, Any]) -> None:
    proof.check(proved)
    with pytest.raises(proof.ProofError, match="no known key"):
        proof.check(proved, key=Signer("firebreak.local/ledger", bytes(32)).verifier)


@pytest.mark.django_db
def test_what_is_not_in_the_tree_yet_cannot_be_proved() -> None:
    (entry,) = write(1)
    with pytest.raises(Conflict, match="in a second"):
        queries.prove(entry)


@pytest.mark.django_db
def test_what_was_erased_is_proved_but_not_shown() -> None:
    sequence(2)
    entry = Entry.objects.get(seq=1)
    with transaction.atomic():
        operations.erase_payload(entry, actor=SYSTEM, reason="retention has ended")
    proof.check(queries.prove(entry))
    with pytest.raises(Conflict, match="erased"):
        queries.prove(entry, opened=True)
