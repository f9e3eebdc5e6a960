"""The command line, in this process: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firebreak import __version__
from firebreak.faces.cli.main import run
from tests import media


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Firebreak = Callable[..., Done]


@pytest.fixture
def firebreak(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Firebreak:
    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["firebreak", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stills")
    for seed in (1, 2):
        media.write_still(folder / f"{seed}.png", seed, (320, 240))
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_it_tells_its_version(firebreak: Firebreak) -> None:
    assert firebreak("--version").out == f"firebreak {__version__}\n"


@pytest.mark.parametrize("words", [("check",), ("check", "x"), ("fly",), ("hash", "--format", "gif", "x")])
def test_wrong_usage_is_exit_code_2_and_says_why(firebreak: Firebreak, words: tuple[str, ...]) -> None:
    done = firebreak(*words)
    assert done.code == 2
    assert done.err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['firebreak', '--help']\n"
        "from firebreak.faces.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "print({'numpy', 'numba', 'av', 'PIL', 'rich'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_the_life_of_a_bank(firebreak: Firebreak, stills: Path, tmp_path: Path) -> None:
    at = ("--path", tmp_path / "banks")
    assert "holds no banks" in firebreak("bank", "list", *at).out
    assert firebreak("bank", "create", "known", *at, "--description", "for tests").code == 0
    assert firebreak("bank", "create", "known", *at).code == 2

    added = firebreak("bank", "add", "known", stills, *at, "--note", "a note", "--json")
    assert added.code == 2
    assert {told["reference"]: bool(told["error"]) for told in added.lines} == {
        "1.png": False,
        "2.png": False,
        "notes.txt": True,
    }
    (bank,) = firebreak("bank", "list", *at, "--json").lines
    assert (bank["name"], bank["references"], bank["frames"]) == ("known", 2, 2)
    assert {told["note"] for told in firebreak("bank", "list", "known", *at, "--json").lines} == {"a note"}

    exported = firebreak("bank", "export", "known", *at).out
    (tmp_path / "known.jsonl").write_text(exported)
    firebreak("bank", "create", "again", *at)
    imported = firebreak("bank", "import", "again", tmp_path / "known.jsonl", *at, "--json")
    assert imported.lines == [{"added": 2, "rejected": []}]

    assert firebreak("bank", "remove", "known", "1.png", "missing", *at).code == 2
    assert firebreak("bank", "remove", "known", "1.png", *at).code == 0
    checks = firebreak(
        "check", stills / "1.png", stills / "2.png", "--refs", tmp_path / "banks" / "known.bank", "--json"
    )
    assert [told["verdict"] for told in checks.lines] == ["allow", "block"]


def test_a_file_again_changes_nothing_and_another_of_its_name_is_refused(
    firebreak: Firebreak, stills: Path, tmp_path: Path
) -> None:
    at = ("--path", tmp_path / "banks")
    firebreak("bank", "create", "known", *at)
    assert firebreak("bank", "add", "known", stills / "1.png", *at).code == 0
    assert firebreak("bank", "add", "known", stills / "1.png", *at).code == 0
    media.write_still(tmp_path / "1.png", 3, (320, 240))
    refused = firebreak("bank", "add", "known", tmp_path / "1.png", *at)
    assert refused.code == 2
    assert "another file of this name" in refused.out


def test_names_that_are_no_text_or_steer_a_terminal_do_no_harm(
    firebreak: Firebreak, stills: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    for name in (b"\xff.png", b"\x1b[31mred.png", "\u202egnp.png".encode()):
        (odd / os.fsdecode(name)).write_bytes((stills / "1.png").read_bytes())
    at = ("--path", tmp_path / "banks")
    firebreak("bank", "create", "known", *at)
    assert firebreak("bank", "add", "known", odd, *at).code == 0
    told = firebreak("check", odd, "--refs", tmp_path / "banks", "--json").lines
    assert [line["verdict"] for line in told] == ["block"] * 3
    for shown in (firebreak("check", odd, "--refs", tmp_path / "banks").out, firebreak("hash", odd).out):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\\xff.png" in shown


def test_rejected_rows_are_told_and_the_rest_is_taken(firebreak: Firebreak, tmp_path: Path) -> None:
    at = ("--path", tmp_path / "banks")
    firebreak("bank", "create", "known", *at)
    (tmp_path / "list.csv").write_text(f"name,pdq\ngood,{'f0' * 32}\nbad,xyz\ngood,{'0f' * 32}\n")
    done = firebreak("bank", "import", "known", tmp_path / "list.csv", *at)
    assert done.code == 2
    assert "1 added, 2 rejected" in done.out
    assert f"{tmp_path / 'list.csv'}:3:" in done.out


def test_a_damaged_bank_is_refused_with_what_to_do(firebreak: Firebreak, stills: Path, tmp_path: Path) -> None:
    at = ("--path", tmp_path)
    firebreak("bank", "create", "known", *at)
    firebreak("bank", "add", "known", stills / "1.png", *at)
    path = tmp_path / "known.bank"
    path.write_bytes(path.read_bytes()[:-50])
    done = firebreak("check", stills / "1.png", "--refs", path)
    assert done.code == 2
    assert "known.bank" in done.err


def test_hash_tells_the_signals_of_stills_and_what_is_unreadable(firebreak: Firebreak, stills: Path) -> None:
    done = firebreak("hash", stills, "--json")
    assert done.code == 2
    told = {line["file"]: line for line in done.lines}
    assert set(told["1.png"]["signals"]) == {"sha256", "md5", "pdq"}
    assert told["1.png"]["signals"]["pdq"] != told["2.png"]["signals"]["pdq"]
    assert told["notes.txt"]["error"]
    assert told["1.png"]["signals"]["pdq"] in firebreak("hash", stills / "1.png").out


@pytest.mark.parametrize("form", ["vpdq", "tx"])
def test_what_hash_prints_of_a_video_can_be_banked(firebreak: Firebreak, tmp_path: Path, form: str) -> None:
    clip = media.write_video(tmp_path / "clip.mp4", 4, seed=5)
    printed = firebreak("hash", clip, "--format", form).out
    if form == "tx":
        assert len(json.loads(printed)) == 4
        return
    (tmp_path / "clip.txt").write_text(printed)
    at = ("--path", tmp_path / "banks")
    firebreak("bank", "create", "known", *at)
    assert firebreak("bank", "import", "known", tmp_path / "clip.txt", *at).code == 0
    (told,) = firebreak("check", clip, "--refs", tmp_path / "banks", "--json").lines
    assert told["verdict"] == "block"


def test_the_doctor_says_what_is_enforced(
    firebreak: Firebreak, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FIREBREAK_DATABASE_URL")
    monkeypatch.setenv("FIREBREAK_DATA", str(tmp_path))  # no server there
    assert firebreak("doctor").code == 0
    assert isinstance(firebreak("doctor", "--json").lines[0], dict)
