"""What was seen: written, tallied, pruned, read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from firebreak.engine.findings import Seen
from firebreak.records.common import clock
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import NotFound
from firebreak.records.common.ids import first_id, new_id
from firebreak.records.content import operations, queries
from firebreak.records.content.models import Fingerprint, Item, Scan, Tally, Untallied
from firebreak.records.content.outcome import Asked, Found, Outcome, Prints
from firebreak.records.ledger import tree
from firebreak.records.ledger.models import Entry

pytestmark = pytest.mark.django_db

ASKED = Asked("token:1", "post-1", "anna", "feed")
FOUND = Found(
    7, uuid4(), "clip", "refs", "propaganda", 0.995, ("pdq",), [{"query": [0, 2], "reference": [3, 5]}], 4, 48
)


def write(verdict: str = "allow", found: Sequence[Found] = (), asked: Asked = ASKED, **more: Any) -> UUID:
    id_ = new_id()
    outcome = Outcome(verdict=verdict, findings=tuple(found), **more)
    operations.record_answered(id_, asked, outcome, at=clock.now(), actor=SYSTEM)
    return id_


def seen() -> Seen:
    codes = np.arange(8, dtype=np.uint64).reshape(2, 4)
    return Seen("ab" * 32, None, None, np.array([0.0, 1.5]), codes, np.array([100, 60]))


def test_a_fingerprint_is_packed_as_its_digits_name_it() -> None:
    prints = Prints.of(seen())
    assert prints.sha256 == bytes.fromhex("ab" * 32)
    assert prints.codes.hex()[:64] == f"{3:016x}{2:016x}{1:016x}{0:016x}"
    assert np.frombuffer(prints.times, "<f4").tolist() == [0.0, 1.5]
    assert list(prints.quality) == [100, 60]


def test_fingerprints_are_let_go_of_when_their_days_are_over() -> None:
    old = write(prints=Prints.of(seen()))
    assert operations.prune_fingerprints(30) == 0
    with clock.fixed(clock.now() + timedelta(days=31)):
        fresh = new_id()
        assert fresh < first_id(clock.now())  # ids keep the system's time
        assert operations.prune_fingerprints(30) == 1
    assert not Fingerprint.objects.filter(pk=old).exists()
    assert Scan.objects.filter(pk=old).exists()


def test_the_first_id_of_a_time_divides_what_was_made_before_from_after() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert first_id(at) < first_id(at + timedelta(milliseconds=1))
    before = new_id()
    assert first_id(clock.now() - timedelta(seconds=5)) < before < first_id(clock.now() + timedelta(seconds=5))


def test_scans_that_changed_nothing_are_tallied_once_and_the_root_can_be_reckoned_again() -> None:
    ids = [write() for _ in range(5)]
    write("review", [FOUND])
    assert operations.tally() == 5
    assert operations.tally() == 0
    entry = Entry.objects.get(action="scan.tally")
    assert entry.payload is not None
    assert entry.payload["count"] == 5
    tally = Tally.objects.get(entry=entry.uuid)
    assert queries.tallied(tally) == sorted(ids)
    growing = tree.Frontier()
    for leaf in queries.tally_leaves(queries.tallied(tally)):
        growing.append(tree.hash_leaf(leaf))
    assert growing.root().hex() == entry.payload["root"]
    assert not Untallied.objects.exists()


def test_an_item_keeps_the_first_account_that_was_named() -> None:
    write(asked=Asked("token:1", "post-1"))
    write(asked=Asked("token:1", "post-1", "anna"))
    write(asked=Asked("token:1", "post-1", "ben"))
    assert Item.objects.get().account_id == "anna"


def test_a_key_that_was_used_writes_nothing() -> None:
    asked = Asked("token:1", "post-1", key="k", request=b"1" * 32)
    write(asked=asked)
    with pytest.raises(operations.KeyUsed):
        write(asked=Asked("token:1", "post-2", key="k", request=b"2" * 32))
    assert (Scan.objects.count(), Item.objects.count()) == (1, 1)


def test_numbers_count_every_scan_in_its_hour() -> None:
    for verdict in ("allow", "allow", "block", "hold", "review"):
        write(verdict, [] if verdict == "allow" else [FOUND])
    write("allow", degraded="the database does not answer")
    operations.tally()
    write("allow")
    operations.record_pending(new_id(), ASKED, {}, at=clock.now(), then=lambda: None)
    told = queries.numbers()
    assert len(told.hours) == 24
    now = told.hours[-1]
    assert (now.allow, now.review, now.hold, now.block) == (4, 1, 1, 1)
    assert (told.all, told.stopped, told.waiting, told.degraded) == (7, 2, 1, 1)
    assert told.total("block") == 1
    assert told.waiting_since


def test_pages_stand_still_while_more_comes() -> None:
    ids = [write() for _ in range(7)][::-1]
    first = queries.page(queries.Filters(), size=3)
    assert ([scan.pk for scan in first.scans], first.newer) == (ids[:3], None)
    write()
    second = queries.page(queries.Filters(), before=first.older, size=3)
    assert [scan.pk for scan in second.scans] == ids[3:6]
    last = queries.page(queries.Filters(), before=second.older, size=3)
    assert ([scan.pk for scan in last.scans], last.older) == (ids[6:], None)
    back = queries.page(queries.Filters(), after=last.newer, size=3)
    assert [scan.pk for scan in back.scans] == ids[3:6]


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (queries.Filters(), 3),
        (queries.Filters(verdict="block"), 1),
        (queries.Filters(verdict="hold"), 0),
        (queries.Filters(state="done"), 3),
        (queries.Filters(surface="feed"), 2),
        (queries.Filters(content_id="post-2"), 1),
        (queries.Filters(account_id="ben"), 1),
        (queries.Filters(bank="refs"), 1),
        (queries.Filters(bank="other"), 0),
        (queries.Filters(reference=FOUND.reference_id), 1),
        (queries.Filters(degraded=True), 1),
        (queries.Filters(since=datetime(2020, 1, 1, tzinfo=UTC)), 3),
        (queries.Filters(until=datetime(2020, 1, 1, tzinfo=UTC)), 0),
    ],
)
def test_lists_are_narrowed_by_what_is_asked_for(filters: queries.Filters, count: int) -> None:
    write("block", [FOUND])
    write("allow", degraded="overloaded")
    write("allow", asked=Asked("token:1", "post-2", "ben", "comments"))
    assert len(queries.page(filters).scans) == count


def test_one_scan_comes_with_all_its_page_shows() -> None:
    earlier = write()
    id_ = write("block", [FOUND], prints=Prints.of(seen()), media={"duration": 10.0})
    shown = queries.shown(id_)
    (match,) = shown.matches
    assert match.reference is None  # it never was in a bank
    assert (match.item_seconds, match.reference_seconds, shown.item_seconds) == (2.0, 5.0, 10.0)
    assert ([scan.pk for scan in shown.others], shown.sha256, shown.pictures) == ([earlier], "ab" * 32, 2)
    assert Entry.objects.filter(subject=shown.ledger_subject).count() == 1


def test_a_scan_that_was_never_written_is_not_found() -> None:
    with pytest.raises(NotFound):
        queries.shown(uuid4())
