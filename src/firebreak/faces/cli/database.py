"""What commands share that work on the database: how they reach it, who they are, how they print."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from firebreak.records.common.actor import Actor

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder.", show_default="FIREBREAK_DATA")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]

# Whoever can run commands on the machine may do everything; ledger entries say that it was done here.
COMMAND_LINE = Actor("system", "command-line", "Command line")


def reach(data: Path | None) -> None:
    """Set Django up and see that the database answers. Raises SettingError, ServerError."""
    from firebreak.faces.site import boot

    boot.setup(data)
    from firebreak.faces.server.migrate import require_schema

    require_schema()


def print_lines(rows: Iterable[dict[str, Any]]) -> None:
    """Print one JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def print_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print rows for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from firebreak.faces.cli.files import printable

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_shown(row[column]))) for column in columns))
    Console(highlight=False).print(table)


def say(text: str) -> None:
    """Tell whoever watches; programs read standard output alone."""
    sys.stderr.write(f"{text}\n")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
