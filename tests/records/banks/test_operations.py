"""Every verb of the banks: what it changes, its entry, and what it refuses."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from django.db import transaction

from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.records.banks import library, operations, queries
from firebreak.records.banks.models import Bank, Reference, Signal
from firebreak.records.banks.operations.banks import BankFields
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Conflict, Invalid, Problem
from firebreak.records.ledger.models import Entry
from tests import media
from tests.records.banks.drafts import draft, pdq_hex

pytestmark = pytest.mark.django_db
SHA = "ab" * 32
MD5 = "cd" * 16


@pytest.fixture
def bank(db: None) -> Bank:
    return operations.create_bank("patterns", actor=SYSTEM, description="Moving patterns", label="pattern")


def _actions() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def test_a_bank_is_made_and_changed(bank: Bank) -> None:
    changed = operations.change_bank(bank, actor=SYSTEM, block_at=0.98, hold_at=0.9)
    assert (changed.description, changed.block_at, changed.review_at) == ("Moving patterns", 0.98, None)
    operations.change_bank(bank, actor=SYSTEM, block_at=0.98)
    operations.disable_bank(bank, actor=SYSTEM, reason="under review")
    assert not operations.disable_bank(bank, actor=SYSTEM).enabled
    assert operations.enable_bank(bank, actor=SYSTEM).enabled
    assert _actions() == ["bank.create", "bank.change", "bank.disable", "bank.enable"]


@pytest.mark.parametrize("name", ["", "Upper", "a b", "-a", "a" * 64, "a\n", "é", "../a"])
def test_an_odd_name_is_refused(db: None, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        operations.create_bank(name, actor=SYSTEM)
    assert refused.value.field == "name"
    assert not Entry.objects.exists()


def test_a_name_is_given_once(bank: Bank) -> None:
    with pytest.raises(Conflict):
        operations.create_bank("patterns", actor=SYSTEM)


@pytest.mark.parametrize("fields", [{"block_at": 1.5}, {"hold_at": 0.9, "block_at": 0.8}, {"label": "x" * 41}])
def test_thresholds_must_make_sense(bank: Bank, fields: BankFields) -> None:
    with pytest.raises(Invalid):
        operations.change_bank(bank, actor=SYSTEM, **fields)


def test_signals_become_a_reference_and_the_same_again_is_the_same(bank: Bank) -> None:
    video = f'["{pdq_hex(1)},100,0.0", "{pdq_hex(2)},90,2.5", "{pdq_hex(3)},10,3.0"]'
    pairs = [("vpdq", video), ("sha256", SHA.upper()), ("md5", MD5)]
    added = operations.add_reference_from_signals(bank, pairs, actor=SYSTEM, name="two", origin="a partner")
    assert (added.new, added.reference.kind, added.reference.duration) == (True, "video", 2.5)
    assert [(s.kind, s.time, s.quality) for s in Signal.objects.order_by("id")] == [
        (0, 0, 100),
        (0, 2.5, 90),
        (1, 0, 100),
    ]
    again = operations.add_reference_from_signals(bank, [("sha256", SHA)], actor=SYSTEM, name="another name")
    assert (again.new, again.reference) == (False, added.reference)
    bank.refresh_from_db()
    assert (bank.references_held, bank.signals_held) == (1, 3)
    assert _actions() == ["bank.create", "reference.add"]


def test_an_md5_is_a_signal_only_where_nothing_surer_is_known(bank: Bank) -> None:
    operations.add_reference_from_signals(bank, [("md5", MD5)], actor=SYSTEM)
    assert Signal.objects.get().code == bytes.fromhex(MD5) + bytes(16)
    assert Reference.objects.get().kind == "file"


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([], "signals"),
        ([("pdq", "xyz")], "signals[0]"),
        ([("sha256", SHA), ("md5", SHA)], "signals[1]"),
        ([("phash", "00")], "signals[0]"),
        ([("vpdq", "nothing")], "signals[0]"),
        ([("pdq", "ab cd" + "0" * 59)], "signals[0]"),
    ],
)
def test_what_is_no_signal_is_refused_by_name(bank: Bank, pairs: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        operations.add_reference_from_signals(bank, pairs, actor=SYSTEM)
    assert refused.value.field == field
    assert refused.value.hint


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "n" * 501])
def test_a_name_that_the_database_cannot_keep_is_refused(bank: Bank, name: str) -> None:
    with pytest.raises(Invalid):
        operations.add_reference_from_signals(bank, [("pdq", pdq_hex(1))], actor=SYSTEM, name=name)


def test_a_name_stands_for_one_content(bank: Bank) -> None:
    operations.add_draft(bank, draft(1, name="one"), actor=SYSTEM)
    with pytest.raises(Conflict):
        operations.add_draft(bank, draft(2, name="one"), actor=SYSTEM)
    operations.add_draft(bank, draft(2, name=""), actor=SYSTEM)
    operations.add_draft(bank, draft(3, name=""), actor=SYSTEM)
    other = operations.create_bank("others", actor=SYSTEM)
    assert operations.add_draft(other, draft(1, name="one"), actor=SYSTEM).new


def test_removed_is_kept_restored_and_counted(bank: Bank) -> None:
    first = operations.add_draft(bank, draft(1, frames=3), actor=SYSTEM).reference
    gone = operations.remove_reference(first, actor=SYSTEM, reason="a mistake")
    assert operations.remove_reference(first, actor=SYSTEM).removed_at == gone.removed_at
    bank.refresh_from_db()
    assert (bank.references_held, bank.signals_held) == (0, 0)
    operations.restore_reference(first, actor=SYSTEM)
    operations.restore_reference(first, actor=SYSTEM)
    bank.refresh_from_db()
    assert (bank.references_held, bank.signals_held) == (1, 3)
    assert _actions() == ["bank.create", "reference.add", "reference.remove", "reference.restore"]


def test_what_was_added_again_meanwhile_is_not_restored(bank: Bank) -> None:
    first = operations.add_draft(bank, draft(1, name="one"), actor=SYSTEM).reference
    operations.remove_reference(first, actor=SYSTEM)
    again = operations.add_draft(bank, draft(1, name="two"), actor=SYSTEM)
    assert again.new
    with pytest.raises(Conflict):
        operations.restore_reference(first, actor=SYSTEM)
    operations.remove_reference(again.reference, actor=SYSTEM)
    operations.add_draft(bank, draft(2, name="one"), actor=SYSTEM)
    with pytest.raises(Conflict):
        operations.restore_reference(first, actor=SYSTEM)


def test_nothing_is_left_of_what_did_not_come_through(bank: Bank) -> None:
    with suppress(Problem), transaction.atomic():
        operations.add_draft(bank, draft(1), actor=SYSTEM)
        raise Problem("no")
    assert (Reference.objects.count(), Signal.objects.count(), _actions()) == (0, 0, ["bank.create"])


@pytest.mark.django_db(transaction=True)
def test_a_file_is_found_by_its_copy(bank: Bank, tmp_path: Path) -> None:
    media.write_still(tmp_path / "one.png", 1, (640, 480))
    media.write_still(tmp_path / "copy.jpg", 1, (320, 240), quality=70)
    (tmp_path / "words.txt").write_text("no picture")
    with DecoderPool(size=1) as pool:
        added = operations.add_reference_from_file(bank, tmp_path / "one.png", actor=SYSTEM, pool=pool, name="one")
        assert (added.new, added.warnings, added.reference.kind) == (True, (), "image")
        again = operations.add_reference_from_file(bank, tmp_path / "one.png", actor=SYSTEM, pool=pool)
        assert (again.new, again.reference) == (False, added.reference)
        with pytest.raises(Invalid) as refused:
            operations.add_reference_from_file(bank, tmp_path / "words.txt", actor=SYSTEM, pool=pool)
        assert refused.value.field == "file"
        library.catch_up()
        (match,) = queries.which_is(tmp_path / "copy.jpg", pool)
        assert match.reference == added.reference
        operations.disable_bank(bank, actor=SYSTEM)
        assert queries.which_is(tmp_path / "copy.jpg", pool) == []
        operations.enable_bank(bank, actor=SYSTEM)
        assert len(queries.which_is(tmp_path / "copy.jpg", pool)) == 1
