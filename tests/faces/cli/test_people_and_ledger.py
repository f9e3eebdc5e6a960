"""People, tokens and the ledger from the command line: what it prints, what it changes, how it ends."""

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

from firebreak.faces.cli.main import run
from firebreak.records.ledger import sequencer
from firebreak.records.ledger.models import Entry
from firebreak.records.staff import tokens
from firebreak.records.staff.models import ApiToken, User
from tests.cast import Program
from tests.records.ledger.written import ANA, sequence, tamper


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
def firebreak(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], db: None) -> Firebreak:
    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["firebreak", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)

    return call


CREATE = ("user", "create", "--email", "ana@example.org", "--name", "Ana", "--role", "administrator")


def test_a_person_is_let_in_with_a_password_on_standard_output(firebreak: Firebreak) -> None:
    done = firebreak(*CREATE)
    assert done.code == 0
    assert User.objects.get(email="ana@example.org").check_password(done.out.strip())
    assert Entry.objects.get().actor == "system:command-line"


def test_programs_get_it_as_json(firebreak: Firebreak) -> None:
    (told,) = firebreak(*CREATE, "--json").lines
    assert (told["email"], told["role"], told["active"]) == ("ana@example.org", "administrator", True)
    assert User.objects.get(pk=told["id"]).check_password(told["password"])


def test_what_cannot_be_is_one_sentence(firebreak: Firebreak) -> None:
    firebreak(*CREATE)
    done = firebreak(*CREATE)
    assert (done.code, done.err) == (2, "firebreak: ana@example.org is taken: use another e-mail address\n")
    done = firebreak("user", "deactivate", "ana@example.org")
    assert done.code == 2
    assert "last administrator" in done.err


def test_people_are_listed_changed_and_let_out_and_in(firebreak: Firebreak, administrator: User) -> None:
    firebreak(*CREATE)
    assert [row["email"] for row in firebreak("user", "list", "--json").lines] == [
        "administrator@example.org",
        "ana@example.org",
    ]
    assert "ana@example.org" in firebreak("user", "list").out
    assert firebreak("user", "role", "ana@example.org", "lead").code == 0
    assert firebreak("user", "deactivate", "ana@example.org").code == 0
    ana = User.objects.get(email="ana@example.org")
    assert (ana.role, ana.is_active) == ("lead", False)
    assert firebreak("user", "reactivate", "ana@example.org").code == 0
    assert User.objects.get(pk=ana.pk).is_active


def test_a_lost_password_is_drawn_anew(firebreak: Firebreak, moderator: User) -> None:
    done = firebreak("user", "password", moderator.email, "--drop-codes")
    assert User.objects.get(pk=moderator.pk).check_password(done.out.strip())
    (told,) = firebreak("user", "password", moderator.email, "--json").lines
    assert User.objects.get(pk=moderator.pk).check_password(told["password"])


def test_a_token_is_made_listed_and_revoked(firebreak: Firebreak) -> None:
    made = firebreak("token", "create", "--name", "gate", "--scope", "scans:write", "--scope", "scans:read", "--json")
    (told,) = made.lines
    tokens.forget()
    assert tokens.authenticate(told["token"])
    assert told["scopes"] == ["scans:read", "scans:write"]
    assert told["expires_at"] is None
    (listed,) = firebreak("token", "list", "--json").lines
    assert listed["prefix"] == told["token"][:10]
    assert told["token"] not in firebreak("token", "list").out
    assert firebreak("token", "revoke", listed["prefix"]).code == 0
    tokens.forget()
    assert tokens.authenticate(told["token"]) is None


def test_a_token_for_people_is_the_secret_alone(firebreak: Firebreak) -> None:
    done = firebreak("token", "create", "--name", "gate", "--scope", "scans:write", "--expires", "30")
    tokens.forget()
    assert tokens.authenticate(done.out.strip())
    assert ApiToken.objects.get().expires_at is not None
    assert "fbt_" not in done.err


def test_nothing_there_yet_is_told(firebreak: Firebreak) -> None:
    assert "nobody yet" in firebreak("user", "list").err
    assert "no tokens yet" in firebreak("token", "list").err
    assert firebreak("token", "create", "--name", "gate", "--scope", "scans:eat").code == 2


def test_a_whole_ledger_is_0_and_a_broken_one_1(firebreak: Firebreak) -> None:
    sequence(3, 2)
    done = firebreak("ledger", "verify")
    assert done.code == 0
    assert "The ledger is whole." in done.out
    tamper("UPDATE ledger_entry SET action = 'bank.forge' WHERE seq = 3")
    done = firebreak("ledger", "verify")
    assert done.code == 1
    assert "BROKEN, first at entry 3" in done.out
    (told,) = firebreak("ledger", "verify", "--json").lines
    assert not told["ok"]
    assert told["faults"][0]["kind"] == "entry-changed"


def test_an_export_is_checked_with_a_key_and_a_checkpoint_kept_before(firebreak: Firebreak, tmp_path: Path) -> None:
    sequence(3)
    (head,) = firebreak("ledger", "checkpoint", "--json").lines
    kept, export = tmp_path / "kept.txt", tmp_path / "ledger.jsonl"
    kept.write_text(firebreak("ledger", "checkpoint").out)
    sequence(2)
    export.write_text(firebreak("ledger", "export").out)
    check = ("ledger", "verify", "--file", export, "--key", head["key"], "--checkpoint", kept)
    assert firebreak(*check).code == 0
    assert firebreak("ledger", "verify", "--checkpoint", kept).code == 0
    export.write_text("".join(line for line in export.read_text().splitlines(True) if '"seq": 4' not in line))
    assert firebreak(*check).code == 1


def test_a_proof_is_checked_by_itself(firebreak: Firebreak, tmp_path: Path, program: Callable[..., Program]) -> None:
    program()
    sequencer.sequence_once()
    sequence(6)
    entry = Entry.objects.get(seq=3)
    (head,) = firebreak("ledger", "checkpoint", "--json").lines
    for words in ((entry.uuid,), ("3", "--open")):
        proof = tmp_path / "proof.json"
        proof.write_text(firebreak("ledger", "prove", *words).out)
        done = firebreak("ledger", "check-proof", proof, "--key", head["key"])
        assert (done.code, done.err) == (0, "")
        assert f"proved: {entry.action} {entry.subject} is entry 3 of the 7" in done.out
        assert firebreak("ledger", "check-proof", proof, "--json").lines[0]["leaf"]["id"] == str(entry.uuid)
    assert "Name the one that you know" in firebreak("ledger", "check-proof", proof).err
    opened = json.loads(proof.read_text())
    assert opened["opening"]["actor"] == str(ANA)
    opened["opening"]["payload"]["number"] = 99
    proof.write_text(json.dumps(opened))
    assert firebreak("ledger", "check-proof", proof).code == 1
    assert not firebreak("ledger", "check-proof", proof, "--json").lines[0]["ok"]


def test_a_proof_needs_neither_database_nor_settings(firebreak: Firebreak, tmp_path: Path) -> None:
    sequence(2)
    proof = tmp_path / "proof.json"
    proof.write_text(firebreak("ledger", "prove", "1").out)
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("FIREBREAK_", "DJANGO_"))}
    script = "from firebreak.faces.cli.main import entry; entry()"
    program = [sys.executable, "-c", script, "ledger", "check-proof", str(proof)]
    done = subprocess.run(program, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("proved: ")


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "prove", "99"),
        ("ledger", "prove", "nothing"),
        ("ledger", "checkpoint"),
        ("ledger", "adopt-key"),
        ("ledger", "verify", "--key", "x"),
        ("ledger", "verify", "--file", "/nowhere"),
        ("ledger", "verify", "--file", "pyproject.toml"),
        ("ledger", "verify", "--checkpoint", "pyproject.toml"),
        ("ledger", "check-proof", "pyproject.toml"),
        ("token", "revoke", "x"),
        ("user", "role", "nobody@example.org", "lead"),
    ],
)
def test_wrong_usage_is_2_and_one_sentence(firebreak: Firebreak, words: tuple[str, ...]) -> None:
    done = firebreak(*words)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert done.err.startswith("firebreak: ")


@pytest.mark.parametrize("proof", ["[]", "{}", "null", '{"form": "firebreak-ledger-proof/1"}', '{"form": "x"}'])
def test_what_is_no_proof_proves_nothing(firebreak: Firebreak, tmp_path: Path, proof: str) -> None:
    file = tmp_path / "proof.json"
    file.write_text(proof)
    done = firebreak("ledger", "check-proof", file)
    assert done.code == 1
    assert done.out.startswith("no proof: ")
