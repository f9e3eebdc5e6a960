"""An entry is written with its change or not at all, and cannot be rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from firebreak.records.common.actor import SYSTEM, Actor
from firebreak.records.common.errors import Conflict, Invalid
from firebreak.records.ledger import operations, tree
from firebreak.records.ledger.leaf import hash_actor, hash_payload
from firebreak.records.ledger.models import Entry

ANA = Actor("user", "0192", "Ana")


@pytest.mark.django_db(transaction=True)
def test_an_entry_without_its_change_is_refused() -> None:
    with pytest.raises(operations.NotAtomicError, match=r"bank\.create"):
        operations.record("bank.create", actor=SYSTEM, subject="bank:1", payload={})
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_what_and_holds_its_hashes() -> None:
    entry = operations.record("bank.create", actor=ANA, subject="bank:1", payload={"name": "demo", "size": 1.0})
    entry.refresh_from_db()
    assert (entry.actor, entry.action, entry.subject) == ("user:0192", "bank.create", "bank:1")
    assert entry.payload == {"name": "demo", "size": 1.0}
    assert entry.salt is not None
    assert entry.actor_salt is not None
    assert len(entry.salt) == len(entry.actor_salt) == 16
    assert bytes(entry.payload_hash) == hash_payload(bytes(entry.salt), entry.payload)
    assert bytes(entry.actor_hash) == hash_actor(bytes(entry.actor_salt), "user:0192")


@pytest.mark.django_db
def test_the_same_payload_has_another_hash_each_time() -> None:
    first, second = (operations.record("a.b", actor=ANA, subject="c:1", payload={"same": True}) for _ in "12")
    assert first.payload_hash != second.payload_hash
    assert first.actor_hash != second.actor_hash


@pytest.mark.django_db
@pytest.mark.parametrize("subject", ["x" * 201, "bank:\0"])
def test_a_subject_that_cannot_be_kept_is_refused(subject: str) -> None:
    with pytest.raises(Invalid):
        operations.record("a.b", actor=ANA, subject=subject, payload={})


@pytest.mark.django_db
@pytest.mark.parametrize("payload", [{"a": float("nan")}, {"a": 2**53}, {"a": 1e300}, {"a": ["\0"]}, {"\ud800": 1}])
def test_what_the_database_would_change_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        operations.record("a.b", actor=ANA, subject="c:1", payload=payload)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"action": "x"}, {"payload": {"x": 1}}, {"actor": "user:other"}, {"payload_hash": b"x"}]
)
def test_the_database_refuses_to_change_an_entry(change: dict[str, Any]) -> None:
    entry = operations.record("a.b", actor=ANA, subject="c:1", payload={"a": 1})
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(**change)


@pytest.mark.django_db
def test_the_database_refuses_to_delete_an_entry() -> None:
    entry = operations.record("a.b", actor=ANA, subject="c:1", payload={"a": 1})
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        entry.delete()


@pytest.mark.django_db
def test_a_payload_can_be_erased_once_and_that_is_recorded() -> None:
    entry = operations.record("a.b", actor=ANA, subject="c:1", payload={"address": "u@example.org"})
    said = operations.erase_payload(entry, actor=SYSTEM, reason="retention has ended")
    kept = Entry.objects.get(pk=entry.pk)
    assert kept.payload is None
    assert kept.salt is None
    assert bytes(kept.payload_hash) == entry.payload_hash
    assert (said.action, said.subject) == ("ledger.erase", f"entry:{entry.uuid}")
    with pytest.raises(Conflict):
        operations.erase_payload(entry, actor=SYSTEM, reason="again")


@pytest.mark.django_db
def test_an_erasure_needs_its_reason() -> None:
    entry = operations.record("a.b", actor=ANA, subject="c:1", payload={})
    with pytest.raises(Invalid):
        operations.erase_payload(entry, actor=SYSTEM, reason="")
    with pytest.raises(Invalid):
        operations.erase_actor(ANA, actor=SYSTEM, reason="")


@pytest.mark.django_db
def test_an_actor_can_be_erased_from_all_their_entries() -> None:
    for _ in range(2):
        operations.record("a.b", actor=ANA, subject="c:1", payload={})
    other = operations.record("a.b", actor=SYSTEM, subject="c:1", payload={})
    said = operations.erase_actor(ANA, actor=SYSTEM, reason="asked for by the person")
    assert said.payload == {"entries": 2, "reason": "asked for by the person"}
    assert not Entry.objects.filter(actor=str(ANA)).exists()
    assert Entry.objects.get(pk=other.pk).actor == str(SYSTEM)


@pytest.mark.django_db
def test_a_tally_is_one_entry_with_a_root_over_the_batch() -> None:
    entry = operations.tally(
        "scan.allow", actor=SYSTEM, subject="scans", batch=[b"a", b"b"], payload={"minute": "12:30"}
    )
    root = tree.hash_node(tree.hash_leaf(b"a"), tree.hash_leaf(b"b"))
    assert entry.payload == {"minute": "12:30", "count": 2, "root": root.hex()}
