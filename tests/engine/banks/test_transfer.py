from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.banks import transfer
from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.banks.transfer import Entry, Reject
from firebreak.engine.errors import BankError

HEX = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


def bank() -> Bank:
    made = Bank("known")
    codes = np.random.default_rng(1).integers(0, 2**64, (3, 4), np.uint64)
    video = Reference(
        'clip, "quoted".mp4', "video", 1.5, "a" * 64, "b" * 32, "partner", "note é", "2026-01-01T00:00:00Z"
    )
    made.add(video, np.array([0.0, 0.5, 1.25]), codes)
    made.add(Reference("sound.mp3", "audio", 9.0, sha256="c" * 64), np.array([]), codes[:0])
    return made


def read(path: Path, text: str) -> list[Entry | Reject]:
    path.write_text(text, encoding="utf-8")
    return list(transfer.read(path))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_is_exported_can_be_imported(tmp_path: Path, form: str) -> None:
    out = io.StringIO()
    {"jsonl": transfer.write_jsonl, "csv": transfer.write_csv}[form](bank(), out)
    entries = read(tmp_path / f"known.{form}", out.getvalue())
    again = Bank("again")
    for entry in entries:
        assert isinstance(entry, Entry), entry
        again.add(entry.reference, entry.times, entry.codes)
    for reference in bank().references():
        found = again.get(reference.name)
        assert found is not None
        assert (found.kind, found.sha256, found.md5) == (reference.kind, reference.sha256, reference.md5)
        if form == "jsonl":
            assert found == reference
        for ours, theirs in zip(again.codes(reference.name), bank().codes(reference.name), strict=True):
            assert (ours == theirs).all()


def test_a_plain_list_of_hashes_is_enough(tmp_path: Path) -> None:
    (entry,) = read(tmp_path / "list.csv", f"name,pdq\none,{HEX}\n")
    assert isinstance(entry, Entry)
    assert (entry.reference.name, entry.reference.kind, len(entry.codes)) == ("one", "image", 1)


def test_a_vpdq_file_becomes_one_reference(tmp_path: Path) -> None:
    lines = f"0,100,{HEX},0.000\n25,30,{HEX},1.000\n50,90,{HEX},2.000\n"
    (entry,) = read(tmp_path / "clip.txt", lines)
    assert isinstance(entry, Entry)
    assert entry.reference.name == "clip"
    assert entry.times.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "JSON"),
        ("[]", "no JSON object"),
        ("9" * 5000, "integer"),
        ('{"name": ""}', "name"),
        ('{"name": "x", "kind": "smell"}', "kind"),
        ('{"name": "x"}', "no signal"),
        ('{"name": "x", "sha256": "ABC"}', "sha256"),
        ('{"name": "x", "frames": [[0, "zz"]]}', "zz"),
        (f'{{"name": "x", "frames": [[-1, "{HEX}"]]}}', "time"),
        (f'{{"name": "x", "frames": [[NaN, "{HEX}"]]}}', "time"),
        ('{"name": "x", "frames": "many"}', "frames"),
        ('{"name": "x", "frames": [[0, 5]]}', "frames"),
        ('{"name": "x", "duration": "long", "sha256": "%s"}' % ("a" * 64), "duration"),
        (f'{{"name": "x\\ud800", "sha256": "{"a" * 64}"}}', "surrogates"),
        ('{"name": "x", "note": 1, "sha256": "%s"}' % ("a" * 64), "text"),
    ],
)
def test_a_line_that_does_not_fit_is_told_and_the_next_one_read(tmp_path: Path, line: str, problem: str) -> None:
    good = json.dumps({"name": "good", "kind": "image", "frames": [[0, HEX]]})
    reject, entry = read(tmp_path / "list.jsonl", f"{line}\n{good}\n")
    assert isinstance(reject, Reject)
    assert reject.line == 1
    assert problem in reject.problem
    assert isinstance(entry, Entry)


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("list.xlsx", b"PK", "form"),
        ("list.csv", b"pdq\n" + HEX.encode(), "name"),
        ("list.csv", b"", "name"),
        ("list.csv", b"name,pdq\n" + b"x" * 32_000_001 + b",aa\n", "field"),
        ("list.jsonl", b"x" * 32_000_001, "longer"),
        ("list.jsonl", b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, name: str, data: bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(BankError, match=problem):
        list(transfer.read(path))


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    for form in ("jsonl", "csv", "txt"):
        path = folder / f"x.{form}"
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            assert all(isinstance(entry, Entry | Reject) for entry in transfer.read(path))
        except BankError:
            assert form == "csv"
