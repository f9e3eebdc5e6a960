"""The documentation says what the code does, or the build fails."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from firebreak.engine.media.limits import Limits
from firebreak.engine.signals import registry
from firebreak.faces.cli.main import app
from firebreak.records.common.settings import Settings, variable
from firebreak.records.staff.permissions import ALLOWED, Permission, Role

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
METRICS = ["records/common/metrics.py", "faces/server/metrics.py"]
PAGES = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}")


ALL_COMMANDS = dict(commands(typer.main.get_command(app), "firebreak"))
LEAVES = [path for path, command in ALL_COMMANDS.items() if not hasattr(command, "commands")]


def section(path: str) -> str:
    text = (DOCS / "reference" / "commands.md").read_text()
    found = re.search(rf"^## `{re.escape(path)}(?: [^`]*)?`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/commands.md has no section on {path}"
    return found.group(1)


def test_there_are_commands_to_document() -> None:
    assert "firebreak check" in LEAVES


@pytest.mark.parametrize("path", LEAVES)
def test_every_option_of_a_command_is_documented(path: str) -> None:
    text = section(path)
    options = [o for p in ALL_COMMANDS[path].params for o in p.opts if o.startswith("-") and o != "--help"]
    missing = [option for option in options if f"`{option}" not in text]
    assert not missing, f"{path}: {missing}"


def test_no_command_is_documented_that_does_not_exist() -> None:
    text = (DOCS / "reference" / "commands.md").read_text()
    heads = re.findall(r"^## `(.*?)`", text, re.MULTILINE)
    documented = {" ".join(re.findall(r"[a-z][a-z-]*", head.split("--")[0])) for head in heads}
    assert documented == {*LEAVES, "firebreak"}


@pytest.mark.parametrize("kind", sorted(registry.KINDS))
def test_every_kind_of_signal_is_documented(kind: str) -> None:
    assert f"| `{kind}` |" in (DOCS / "reference" / "signals.md").read_text()


@pytest.mark.parametrize("limit", [field.name for field in dataclasses.fields(Limits)])
def test_every_limit_is_documented(limit: str) -> None:
    pages = "".join(path.read_text() for path in (DOCS / "reference").glob("*.md"))
    assert f"`{limit}`" in pages


def test_the_table_of_permissions_is_the_one_that_holds() -> None:
    text = (DOCS / "reference" / "permissions.md").read_text()
    head, *rows = re.findall(r"^\| (`.*) \|$", text, re.MULTILINE)
    roles = [cell.strip("` ") for cell in head.split("|")][2:]
    assert roles == list(Role)
    told = {}
    for row in rows:
        scope, meaning, *marks = (cell.strip("` ") for cell in row.split("|"))
        assert meaning
        told[scope] = {role for role, mark in zip(roles, marks, strict=True) if mark}
    assert told == {str(p): {str(r) for r in Role if p in ALLOWED[r]} for p in Permission}


@pytest.mark.parametrize("name", [variable(field) for field in dataclasses.fields(Settings)])
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "reference" / "settings.md").read_text()


def test_no_setting_is_documented_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| `(FIREBREAK_\w+)` \|", (DOCS / "reference" / "settings.md").read_text(), re.MULTILINE))
    assert named == {variable(field) for field in dataclasses.fields(Settings)}


def test_every_metric_is_documented() -> None:
    source = "".join((ROOT / "src/firebreak" / path).read_text() for path in METRICS)
    named = re.findall(r"\"(firebreak_\w+)\"", source) + [
        f"firebreak_{m}" for m in re.findall(r"_gauge\(\"(\w+)", source)
    ]
    text = (DOCS / "reference" / "metrics.md").read_text()
    assert len(named) > 10
    assert [name for name in named if f"| `{name}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_every_make_target_named_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {t for page in PAGES for t in re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(), re.MULTILINE)}
    assert named
    assert named <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
