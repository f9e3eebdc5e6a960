"""Files of signals, good, bad and hostile: what is taken, and what is told of the rest."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firebreak.records.banks import operations
from firebreak.records.banks.models import Bank, Import, Reference, Signal
from firebreak.records.banks.transfer import batches, csv_rows, forms
from firebreak.records.banks.transfer.export import export
from firebreak.records.banks.transfer.rows import Reject, Row, Taken
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Invalid
from firebreak.records.ledger.models import Entry
from tests.records.banks.drafts import draft, pdq_hex

pytestmark = pytest.mark.django_db
SHA = "ab" * 32


@pytest.fixture
def bank(db: None) -> Bank:
    return operations.create_bank("patterns", actor=SYSTEM)


def take(bank: Bank, content: str | bytes, filename: str = "list.csv", **told: str) -> Import:
    """Import a file whole."""
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    begun = operations.start_import(bank, filename=filename, size=len(file.getvalue()), actor=SYSTEM, **told)
    *_, ended = operations.import_from(begun, file, actor=SYSTEM)
    return ended


def report(ended: Import) -> list[tuple[int, str]]:
    return [(row["row"], row["field"]) for row in ended.report]


def test_a_table_of_pictures_videos_and_files(bank: Bank) -> None:
    table = f"""name,time,quality,pdq,sha256,md5,note
a still,,,{pdq_hex(1)},,,seen twice
a video,0,100,{pdq_hex(2)},{SHA},,
a video,1.5,80,{pdq_hex(3)},{SHA},,
,,,{pdq_hex(4)},,,
,,,{pdq_hex(5)},,,
a file,,,,,{"cd" * 16},
"""
    ended = take(bank, "\ufeff" + table.replace("\n", "\r\n"), source="a partner")
    assert (ended.status, ended.rejected, ended.duplicates, ended.report) == ("done", 0, 0, [])
    assert (ended.references_added, ended.signals_added, ended.rows) == (5, 7, 7)
    found = {r.name: r for r in Reference.objects.all()}
    assert (found["a video"].kind, found["a video"].duration, found["a file"].kind) == ("video", 1.5, "file")
    assert (found["a still"].note, found["a still"].source) == ("seen twice", "a partner")
    bank.refresh_from_db()
    assert (bank.references_held, bank.signals_held) == (5, 7)


def test_every_row_that_does_not_fit_is_told_and_all_others_are_taken(bank: Bank) -> None:
    rows = [
        f"fine,0,{pdq_hex(1)}",
        f"short,0,{pdq_hex(2)[:-1]}",
        f"spaces,0,{pdq_hex(3)[:62]} 0",
        f"late,soon,{pdq_hex(4)}",
        f"never,nan,{pdq_hex(5)}",
        "nothing,0,",
        f"{'n' * 501},0,{pdq_hex(6)}",
        f"nul\0,0,{pdq_hex(7)}",
        f"twice,0,{pdq_hex(1)}",
        f"fine,0,{pdq_hex(8)}",
        f"good,0,{pdq_hex(9).upper()}",
    ]
    ended = take(bank, "name,time,pdq\n" + "\n".join(rows))
    assert (ended.status, ended.references_added, ended.duplicates, ended.rejected) == ("done", 2, 1, 8)
    expected = [
        (3, "pdq"),
        (4, "pdq"),
        (5, "time"),
        (6, "time"),
        (7, "signals"),
        (8, "name"),
        (9, "name"),
        (10, ""),
        (11, "name"),
    ]
    assert report(ended) == expected
    assert all(row["problem"] and row["hint"] for row in ended.report)


def test_the_same_file_again_adds_nothing(bank: Bank) -> None:
    table = "pdq\n" + "\n".join(pdq_hex(n) for n in range(50))
    assert take(bank, table).references_added == 50
    again = take(bank, table)
    assert (again.references_added, again.duplicates, Reference.objects.count()) == (0, 50, 50)
    more = take(bank, table + "\n" + pdq_hex(50))
    assert (more.references_added, more.duplicates) == (1, 50)


def test_json_lines_and_lists(bank: Bank) -> None:
    told: list[Any] = [
        {"name": "one", "pdq": pdq_hex(1)},
        {"name": "two", "kind": "video", "frames": [[0, pdq_hex(2)], [0.5, pdq_hex(3), 70]], "unknown": 1},
        {"signals": [{"type": "sha256", "value": SHA}, {"kind": "md5", "value": "cd" * 16}]},
        {"type": "pdq", "value": pdq_hex(4)},
    ]
    wrong: list[Any] = [
        5,
        {"frames": [[0]]},
        {"pdq": 7},
        {"name": "\ud800", "pdq": pdq_hex(5)},
        {"duration": 1e9, "pdq": pdq_hex(6)},
        {"frames": {}},
        {"name": ["x"], "pdq": pdq_hex(7)},
    ]
    lines = "\n\n".join(json.dumps(one) for one in [*told, *wrong]) + "\n{not json\n"
    ended = take(bank, lines, "list.jsonl")
    assert (ended.references_added, ended.signals_added, ended.rejected) == (4, 5, 8)
    other = operations.create_bank("others", actor=SYSTEM)
    ended = take(other, json.dumps([*told, *wrong], indent=3), "list.json")
    assert (ended.status, ended.references_added, ended.rejected) == ("done", 4, 7)
    assert report(ended)[0] == (5, "")


@pytest.mark.parametrize(
    ("filename", "content", "added"),
    [
        ("a.csv", "colour\nred", 0),
        ("a.csv", "", 0),
        ("a.json", '{"pdq": "00"}', 0),
        ("a.json", "", 0),
        ("a.json", f'[{{"pdq": "{pdq_hex(1)}"}}, {{"pdq"', 1),
        ("a.json", f'[{{"pdq": "{pdq_hex(1)}"}} {{}}]', 1),
        ("a.json", "[" * 100_000, 0),
        ("a.csv", f'pdq\n{pdq_hex(1)}\n"unended', 1),
    ],
)
def test_a_file_that_cannot_be_read_on_ends_early_and_says_so(
    bank: Bank, filename: str, content: str, added: int
) -> None:
    ended = take(bank, content, filename)
    assert ended.references_added == added
    assert ended.finished_at
    assert ended.status == "failed" or ended.rejected


@pytest.mark.parametrize("content", [b"pdq\n\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\x00\x00", b"\0" * 10_000])
def test_bytes_that_are_no_text(bank: Bank, content: bytes) -> None:
    for name in ("a.csv", "a.json", "a.jsonl", "a.txt"):
        assert take(bank, content, name).references_added == 0


def test_a_form_must_be_told(bank: Bank) -> None:
    with pytest.raises(Invalid):
        take(bank, "", "list.xlsx")
    with pytest.raises(Invalid):
        take(bank, "", "list.csv", form="xlsx")


def test_vpdq_files_of_the_tools(bank: Bank) -> None:
    lines = f"0,100,{pdq_hex(1)},0.000\n1,100,{pdq_hex(2)},1.000\n"
    assert take(bank, lines, "clip.txt").signals_added == 2
    assert Reference.objects.get().name == "clip"


def test_an_endless_line_is_refused_before_it_fills_the_memory(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firebreak.records.banks.transfer.rows.MAX_LINE", 1000)
    ended = take(bank, f"pdq\n{pdq_hex(1)}\n" + "0" * 5000)
    assert (ended.status, ended.references_added) == ("failed", 1)


def test_the_report_stays_short(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firebreak.records.banks.operations.imports.MAX_REPORT", 3)
    ended = take(bank, "pdq\n" + "zz\n" * 10)
    assert (ended.rejected, len(ended.report)) == (10, 3)


def test_an_import_goes_on_behind_its_last_whole_batch(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "REFERENCES", 10)
    content = ("pdq\n" + "\n".join(pdq_hex(n) for n in range(35))).encode()
    begun = operations.start_import(bank, filename="a.csv", size=len(content), actor=SYSTEM)
    running = operations.import_from(begun, io.BytesIO(content), actor=SYSTEM)
    assert next(running).references_added == 10
    assert next(running).rows == 21
    running.close()
    half = Import.objects.get(pk=begun.pk)
    assert (half.status, half.references_added, Reference.objects.count()) == ("running", 20, 20)
    *_, ended = operations.import_from(half, io.BytesIO(content), actor=SYSTEM)
    assert (ended.status, ended.references_added, ended.duplicates) == ("done", 35, 0)
    actions = list(Entry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["bank.create", "import.start", *["import.rows"] * 4, "import.end"]


def test_a_batch_that_was_taken_in_is_not_taken_in_again(bank: Bank) -> None:
    begun = operations.start_import(bank, filename="a.csv", size=1, actor=SYSTEM)
    rows: list[Row] = [Taken(2, draft(1)), Reject(3, "pdq", "no", "yes")]
    (batch,) = batches.batches(rows, io.BytesIO())
    first = operations.import_rows(begun, batch, actor=SYSTEM)
    second = operations.import_rows(begun, batch, actor=SYSTEM)
    assert (first.rejected, second.rejected, second.references_added) == (1, 1, 1)


def test_a_hundred_thousand_rows(bank: Bank) -> None:
    rows = "\n".join(f"{n:064x},p{n}" for n in range(100_000))
    ended = take(bank, "pdq,name\n" + rows)
    assert (ended.references_added, ended.rejected, ended.done) == (100_000, 0, ended.size)
    assert Signal.objects.count() == 100_000


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_leaves_comes_in_again_the_same(bank: Bank, form: str) -> None:
    for number in range(1, 6):
        operations.add_draft(bank, draft(number, frames=number, name="" if number == 2 else None), actor=SYSTEM)
    operations.add_reference_from_signals(bank, [("sha256", SHA), ("pdq", pdq_hex(9))], actor=SYSTEM, note='a "b",\nc')
    operations.add_reference_from_signals(bank, [("md5", "cd" * 16)], actor=SYSTEM, name="é", kind="audio", duration=7)
    removed = operations.add_draft(bank, draft(77), actor=SYSTEM).reference
    operations.remove_reference(removed, actor=SYSTEM)
    other = operations.create_bank("others", actor=SYSTEM)
    ended = take(other, "".join(export(bank, form)), f"a.{form}")
    assert (ended.references_added, ended.rejected, ended.duplicates) == (7, 0, 0), ended.report
    assert _content(other) == _content(bank)


def _content(bank: Bank) -> list[Any]:
    rows = []
    for reference in Reference.objects.filter(bank=bank, removed_at=None):
        signals = reference.signals.order_by("id").values_list("kind", "time", "quality", "code")
        told = (
            reference.kind,
            reference.duration,
            reference.note,
            bytes(reference.sha256 or b""),
            reference.signals_held,
        )
        rows.append((str(reference.identity), *told, [(k, t, q, bytes(c)) for k, t, q, c in signals]))
    return sorted(rows)


_CELL = st.sampled_from(["", "0", "-1", "1e999", "x", pdq_hex(1), pdq_hex(2), SHA, "video", '"', ",", "\n", "\0", "é"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.lists(st.sampled_from([*csv_rows.COLUMNS, "other"]), min_size=1, max_size=5),
    rows=st.lists(st.lists(_CELL, max_size=6), max_size=8),
    form=st.sampled_from(list(forms.FORMS)),
)
def test_any_table_is_read_or_refused(header: list[str], rows: list[list[str]], form: str) -> None:
    text = "\n".join(",".join(row) for row in [header, *rows])
    try:
        read = list(forms.FORMS[form](io.BytesIO(text.encode()), "a"))
    except Invalid:
        return
    assert all(row.row >= 1 for row in read)


@settings(max_examples=100)
@given(st.binary(max_size=200), st.sampled_from(list(forms.FORMS)))
def test_any_bytes_are_read_or_refused(content: bytes, form: str) -> None:
    with suppress(Invalid):
        list(forms.FORMS[form](io.BytesIO(content), "a"))
