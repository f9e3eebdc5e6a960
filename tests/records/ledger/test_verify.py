"""Whatever is changed behind the ledger's back is found, and the first entry that it touches is named."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from firebreak.records.common.actor import SYSTEM
from firebreak.records.ledger import key, operations, queries, sequencer, tree
from firebreak.records.ledger.checkpoint import Signer, TreeHead, Verifier, parse
from firebreak.records.ledger.leaf import canonical, hash_payload
from firebreak.records.ledger.lines import LineError, read, write
from firebreak.records.ledger.models import Checkpoint, Entry, LogKey
from firebreak.records.ledger.verify import Report, Verification, check
from tests.records.ledger import written
from tests.records.ledger.written import ANA, sequence, tamper, verified

ZERO = "decode(repeat('00', 32), 'hex')"
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


def exported() -> str:
    file = io.StringIO()
    with queries.snapshot():
        write(queries.lines(), file)
    return file.getvalue()


def verified_file(text: str, **options: object) -> Report:
    return check(read(io.StringIO(text)), Verification(**options))  # type: ignore[arg-type]


def resign(size: int) -> None:
    """Sign, with the ledger's own key, whatever the entries have become: what its owner can do."""
    growing = tree.Frontier()
    for entry in Entry.objects.sequenced()[:size]:
        growing.append(tree.hash_leaf(entry.leaf(entry.seq or 0).data()))
    log_key = LogKey.objects.get()
    head = TreeHead(log_key.origin, size, growing.root())
    text = key.signer(log_key.origin).sign(head)
    Checkpoint.objects.filter(size=size).update(root=head.root, text=text)


@pytest.mark.django_db
def test_an_untouched_ledger_verifies_from_the_database_and_from_a_file() -> None:
    sequence(3, 1, 4)
    written.write(2)
    for report in (verified(), verified_file(exported())):
        assert report.ok
        assert (report.size, report.pending, report.checkpoints) == (8, 2, 3)
    assert verified().told()["root"] == bytes(Checkpoint.objects.get(size=8).root).hex()


@pytest.mark.django_db
def test_an_empty_ledger_verifies() -> None:
    assert verified().ok
    assert verified_file(exported()).ok


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "kind", "seq"),
    [
        ("UPDATE ledger_entry SET action = 'bank.forge' WHERE seq = 4", "entry-changed", 4),
        ("UPDATE ledger_entry SET time = time + interval '1 second' WHERE seq = 4", "entry-changed", 4),
        ("UPDATE ledger_entry SET subject = 'bank:other' WHERE seq = 0", "entry-changed", 0),
        ("UPDATE ledger_entry SET uuid = gen_random_uuid() WHERE seq = 1", "entry-changed", 1),
        ("UPDATE ledger_entry SET payload = '{\"number\": 9}' WHERE seq = 4", "payload-changed", 4),
        (f"UPDATE ledger_entry SET payload_hash = {ZERO} WHERE seq = 4", "payload-changed", 4),
        ("UPDATE ledger_entry SET salt = 'x' WHERE seq = 4", "payload-changed", 4),
        ("UPDATE ledger_entry SET payload = NULL, salt = NULL WHERE seq = 4", "payload-missing", 4),
        ("UPDATE ledger_entry SET actor = 'user:other' WHERE seq = 4", "actor-changed", 4),
        ("UPDATE ledger_entry SET actor = '', actor_salt = NULL WHERE seq IN (4, 5)", "actor-missing", 4),
        (f"UPDATE ledger_entry SET actor_hash = {ZERO} WHERE seq = 4", "actor-changed", 4),
        (f"UPDATE ledger_entry SET leaf_hash = {ZERO} WHERE seq = 4", "entry-changed", 4),
        ("DELETE FROM ledger_entry WHERE seq = 4", "entry-missing", 4),
        ("DELETE FROM ledger_entry WHERE seq = 0", "entry-missing", 0),
        ("DELETE FROM ledger_entry WHERE seq = 7", "entry-missing", 7),
        ("DELETE FROM ledger_checkpoint WHERE size = 8", "no-checkpoint", 4),
        ("UPDATE ledger_checkpoint SET text = replace(text, E'\\n4\\n', E'\\n3\\n')", "checkpoint-unsigned", 0),
        ("UPDATE ledger_checkpoint SET text = 'x' WHERE size = 8", "checkpoint-unsigned", 4),
        (f"UPDATE ledger_node SET hash = {ZERO} WHERE id = 4", "tree-changed", 6),
        ("DELETE FROM ledger_node WHERE id = 0", "tree-changed", 0),
        ("INSERT INTO ledger_node VALUES (7, 'x')", "tree-too-large", 8),
        (f"UPDATE ledger_logkey SET public = {ZERO}", "checkpoint-unsigned", 0),
    ],
)
def test_what_was_changed_is_named(statement: str, kind: str, seq: int) -> None:
    sequence(4, 4)
    tamper(statement)
    report = verified()
    assert not report.ok
    assert (report.faults[0].kind, report.faults[0].seq) == (kind, seq)


@pytest.mark.django_db
def test_an_entry_changed_together_with_its_own_hashes_is_found_by_the_tree() -> None:
    sequence(4, 4)
    entry = Entry.objects.get(seq=5)
    entry.payload = {"number": 99}
    entry.payload_hash = hash_payload(bytes(entry.salt or b""), entry.payload)
    tamper(
        "UPDATE ledger_entry SET payload = '{\"number\": 99}', payload_hash = %s, leaf_hash = %s WHERE seq = 5",
        entry.payload_hash,
        tree.hash_leaf(entry.leaf(5).data()),
    )
    report = verified()
    assert [fault.kind for fault in report.faults] == ["tree-changed", "root-changed"]
    assert "entries 4 to 5" in report.faults[0].detail
    assert verified_file(exported()).faults[0].kind == "root-changed"


@pytest.mark.django_db
def test_a_rewritten_ledger_gives_itself_away_to_who_kept_a_checkpoint() -> None:
    sequence(4)
    kept = parse(Checkpoint.objects.get().text)
    assert verified(kept=[kept]).ok
    lines = [json.loads(line) for line in exported().splitlines()]
    assert verified_file("\n".join(map(json.dumps, lines[:3])), kept=[kept]).faults[-1].kind == "cut-short"
    other = TreeHead(kept.origin, 2, bytes(32))
    assert verified(kept=[kept, other]).faults[0].kind == "rewritten"


@pytest.mark.django_db
def test_who_owns_the_key_can_rewrite_what_nobody_kept_a_checkpoint_of() -> None:
    """What a log alone cannot prove; docs/why/ledger.md says so."""
    sequence(4)
    kept = parse(Checkpoint.objects.get().text)
    tamper("UPDATE ledger_entry SET subject = 'bank:other' WHERE seq = 1")
    entry = Entry.objects.get(seq=1)
    tamper("UPDATE ledger_entry SET leaf_hash = %s WHERE seq = 1", tree.hash_leaf(entry.leaf(1).data()))
    resign(4)
    assert verified_file(exported()).ok
    assert verified_file(exported(), kept=[kept]).faults[0].kind == "rewritten"


@pytest.mark.django_db
def test_what_was_erased_on_the_record_is_no_fault() -> None:
    sequence(4)
    operations.erase_payload(Entry.objects.get(seq=2), actor=SYSTEM, reason="retention has ended")
    operations.erase_actor(ANA, actor=SYSTEM, reason="asked for")
    for report in (verified(), verified_file(exported())):
        assert report.ok, report.faults
        assert (report.payloads_erased, report.actors_erased) == (1, 4)
    sequencer.sequence_once()
    assert verified().ok
    tamper("UPDATE ledger_entry SET actor = '', actor_salt = NULL WHERE seq = 4")
    assert verified().faults[0].kind == "actor-missing"


@pytest.mark.django_db
def test_only_a_trusted_key_counts_when_one_is_given() -> None:
    sequence(2)
    right = queries.verifier(LogKey.objects.get())
    assert verified_file(exported(), keys=[right]).ok
    wrong = Signer(right.name, bytes(32)).verifier
    assert verified_file(exported(), keys=[wrong]).faults[0].kind == "checkpoint-unsigned"


@pytest.mark.django_db
def test_many_faults_are_counted_and_few_are_told() -> None:
    sequence(50)
    tamper("UPDATE ledger_entry SET action = 'bank.forge'")
    report = verified()
    assert report.faults_in_all == 50
    assert len(report.faults) == 20


@pytest.mark.django_db
def test_every_line_of_an_export_matters() -> None:
    sequence(3, 2)
    lines = exported().splitlines()
    for number in range(len(lines)):
        rest = "\n".join(lines[:number] + lines[number + 1 :])
        report = verified_file(rest)
        middle = json.loads(lines[number]).get("text", "").startswith("firebreak.local/ledger\n3\n")
        assert report.ok is middle, lines[number]  # an older checkpoint says nothing that the newest does not


def places(value: object) -> list[tuple[str | int, ...]]:
    """Return the ways to everything in some JSON that holds nothing itself."""
    if isinstance(value, dict) and value:
        return [(name, *rest) for name, inner in value.items() for rest in places(inner)]
    if isinstance(value, list) and value:
        return [(number, *rest) for number, inner in enumerate(value) for rest in places(inner)]
    return [()]


@pytest.fixture
def lines_of_an_export(db: None) -> list[dict[str, object]]:
    sequence(3, 2)
    operations.erase_payload(Entry.objects.get(seq=1), actor=SYSTEM, reason="retention has ended")
    assert sequencer.sequence_once() == 1
    return [json.loads(line) for line in exported().splitlines()]


@given(draw=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_any_one_value_of_an_export_that_is_changed_is_found(
    draw: st.DataObject, lines_of_an_export: list[dict[str, object]]
) -> None:
    number = draw.draw(st.integers(0, len(lines_of_an_export) - 1))
    changed: Any = json.loads(json.dumps(lines_of_an_export))
    *way, last = draw.draw(st.sampled_from(places(changed[number])))
    holder = changed[number]
    for step in way:
        holder = holder[step]
    value = draw.draw(JSON | st.text() | st.just("\ud800") | st.just(float("inf")) | st.sampled_from(["", "00", "-1"]))
    assume(value != holder[last])
    holder[last] = value
    try:
        report = verified_file("\n".join(map(json.dumps, changed)))
    except LineError:
        return
    assert not report.ok, (way, last, value)


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", '{"kind": "other"}', '{"kind": "key", "key": "x"}', '{"kind": "entry", "leaf": {}}', "1"]
)
def test_what_is_no_line_is_named(text: str) -> None:
    with pytest.raises(LineError, match="line 1 is no line"):
        list(read(io.StringIO(text)))


@pytest.mark.django_db
@given(payload=st.dictionaries(NAMES, JSON, max_size=4))
@example(payload={"a": -0.0, "b": 1e-320, "c": 5e15, "d": 0.1, "e": 1e-7, "\u20ac": "\r"})
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_payload_comes_back_from_the_database_with_the_same_hash(payload: dict[str, object]) -> None:
    with transaction.atomic():
        entry = operations.record("a.b", actor=ANA, subject="c:1", payload=payload)
    back = Entry.objects.get(pk=entry.pk)
    assert back.payload is not None
    assert canonical(back.payload) == canonical(payload)
    again = json.loads(json.dumps(back.payload))
    assert hash_payload(bytes(back.salt or b""), again) == bytes(back.payload_hash)


def test_a_verifier_is_written_as_notes_write_it() -> None:
    verifier = Signer("a", bytes(32)).verifier
    assert Verifier.parse(str(verifier)) == verifier
