"""`firebreak bank` on the server's banks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firebreak.faces.cli.main import app
from firebreak.records.banks.models import Bank, Reference
from firebreak.records.common.errors import Problem
from tests import media
from tests.records.banks.drafts import pdq_hex

pytestmark = pytest.mark.django_db


def firebreak(*words: object) -> Result:
    return CliRunner().invoke(app, ["bank", *map(str, words)])


def rows(*words: object) -> list[dict[str, Any]]:
    ended = firebreak(*words, "--json")
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_bank_is_made_filled_listed_and_emptied(tmp_path: Path) -> None:
    assert firebreak("create", "patterns", "--description", "Moving").stdout == "made patterns\n"
    media.write_still(tmp_path / "one.png", 1, (320, 240))
    (tmp_path / "words.txt").write_text("no picture")
    added = rows("add", "patterns", tmp_path, "--source", "a partner")
    assert [(a["reference"], a["new"], a["error"] is None) for a in added] == [
        ("one.png", True, True),
        ("words.txt", False, False),
    ]
    assert firebreak("add", "patterns", tmp_path / "one.png").stdout == "one.png: was there\n"
    (bank,) = rows("list")
    assert (bank["name"], bank["references"], bank["enabled"]) == ("patterns", 1, True)
    (reference,) = rows("list", "patterns")
    assert (reference["name"], reference["source"]) == ("one.png", "a partner")
    assert "one.png" in firebreak("list", "patterns").stdout
    assert firebreak("remove", "patterns", reference["id"]).stdout == "removed one.png\n"
    assert rows("list", "patterns") == []


def test_signals_are_imported_with_a_report_and_exported(tmp_path: Path) -> None:
    firebreak("create", "patterns")
    (tmp_path / "list.csv").write_text(f"name,pdq\none,{pdq_hex(1)}\ntwo,zz\n")
    ended = firebreak("import", "patterns", tmp_path / "list.csv")
    assert ended.exit_code == 2
    assert f"{tmp_path / 'list.csv'}:3: pdq: 'zz' is no pdq; a pdq is 64 hexadecimal digits, this has 2" in ended.stdout
    assert "1 added, 0 there already, 1 rejected" in ended.stdout
    (again,) = rows("import", "patterns", tmp_path / "list.csv")
    assert (again["added"], again["duplicates"], again["rejected"]) == (0, 1, 1)
    assert json.loads(firebreak("export", "patterns").stdout)["name"] == "one"
    assert firebreak("export", "patterns", "--format", "csv").stdout.splitlines()[1].startswith("one,image")


def test_what_is_not_there_is_told_and_nothing_is_done(db: None) -> None:
    firebreak("create", "patterns")
    for words in (["list", "others"], ["create", "patterns"], ["create", "No Good"], ["remove", "patterns", "one"]):
        ended = firebreak(*words)
        assert ended.exit_code != 0
        assert isinstance(ended.exception, Problem)
    assert (Bank.objects.count(), Reference.objects.count()) == (1, 0)
