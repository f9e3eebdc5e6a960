"""The `firebreak` command. Each command lives in a module of its own and is imported when it is called."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from firebreak import __version__
from firebreak.faces.cli import ledger, server, token, user

app = typer.Typer(
    name="firebreak",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help starts in half the time and reads well aloud
    pretty_exceptions_enable=False,
    help="Recognise known terrorist and violent extremist content, whatever was done to it.",
)
bank_app = typer.Typer(
    no_args_is_help=True, help="Keep references in banks: those of the server, or one file each in the folder --path."
)
server.register(app)
app.add_typer(bank_app, name="bank")
app.add_typer(user.user_app, name="user")
app.add_typer(token.token_app, name="token")
app.add_typer(ledger.ledger_app, name="ledger")

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or folders to go through.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=1, max=256, help="How many files to decode at once.", show_default="cores"),
]
Shelf = Annotated[
    Path | None,
    typer.Option("--path", metavar="DIR", help="The folder that holds the banks.", show_default="the server's banks"),
]
BankName = Annotated[str, typer.Argument(metavar="BANK", help="The bank's name.")]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _announce() -> None:
    from firebreak.faces.cli.notice import tell_of_compiling

    tell_of_compiling()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"firebreak {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """Recognise known terrorist and violent extremist content, whatever was done to it."""


@app.command()
def check(
    files: Files,
    refs: Annotated[
        list[Path],
        typer.Option(metavar="PATH", help="A reference file, a folder of them, a bank, or a folder of banks."),
    ],
    json: Json = False,
    jobs: Jobs = CORES,
) -> None:
    """Say which files are copies of a reference, and where. Exit 0: none, 1: some, 2: some could not be read."""
    from firebreak.faces.cli import check as command

    raise typer.Exit(command.check(files, refs, as_json=json, jobs=jobs))


@app.command(name="hash")
def hash_(
    files: Files,
    json: Json = False,
    form: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help="text, vpdq (lines of the C++ tool) or tx (ThreatExchange)."),
    ] = "text",
    jobs: Jobs = CORES,
) -> None:
    """Print the signals of files."""
    _announce()
    from firebreak.faces.cli import hash as command

    raise typer.Exit(command.hash_files(files, form="json" if json else form, jobs=jobs))


@app.command()
def doctor(json: Json = False, data: server.Data = None) -> None:
    """Say what is wrong here and how to mend it: the sandbox of decoders, and the server. Exit 1: something is."""
    from firebreak.faces.cli import doctor as command

    raise typer.Exit(command.doctor(data, as_json=json))


@bank_app.command("list")
def bank_list(
    bank: Annotated[str | None, typer.Argument(metavar="[BANK]", help="Show its references.")] = None,
    json: Json = False,
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """List the banks, or the references of one."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.list_(data, bank, as_json=json))
    raise typer.Exit(command.list_(path, bank, as_json=json))


@bank_app.command("create")
def bank_create(
    bank: BankName,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """Make an empty bank."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.create(data, bank, description))
    raise typer.Exit(command.create(path, bank, description))


@bank_app.command("add")
def bank_add(
    bank: BankName,
    files: Files,
    source: Annotated[str, typer.Option(help="Where the files come from.")] = "",
    note: Annotated[str, typer.Option(help="What others should know.")] = "",
    json: Json = False,
    jobs: Jobs = CORES,
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """Add files to a bank as references."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.add(data, bank, files, source=source, note=note, as_json=json, jobs=jobs))
    raise typer.Exit(command.add(path, bank, files, source=source, note=note, as_json=json, jobs=jobs))


@bank_app.command("remove")
def bank_remove(
    bank: BankName,
    references: Annotated[
        list[str], typer.Argument(metavar="REFERENCE...", help="Names, as `bank list BANK` shows them.")
    ],
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """Remove references from a bank."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.remove(data, bank, references))
    raise typer.Exit(command.remove(path, bank, references))


@bank_app.command("export")
def bank_export(
    bank: BankName,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="jsonl or csv.")] = "jsonl",
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """Write a bank's signals to standard output."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.export(data, bank, form))
    raise typer.Exit(command.export(path, bank, form))


@bank_app.command("import")
def bank_import(
    bank: BankName,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=".jsonl, .csv, or vPDQ as .txt or .json.")],
    json: Json = False,
    path: Shelf = None,
    data: server.Data = None,
) -> None:
    """Add references from signals instead of files, with a report on every row that does not fit."""
    _announce()
    from firebreak.faces.cli import bank as command
    from firebreak.faces.cli import server_bank

    if path is None:
        raise typer.Exit(server_bank.import_(data, bank, files, as_json=json))
    raise typer.Exit(command.import_(path, bank, files, as_json=json))


def entry() -> NoReturn:
    """Run the command line as a process of its own.

    It ends without an orderly shutdown of the interpreter: taking Numba down costs more time than most answers, and
    by then every file is closed and every decoder ended.
    """
    code: object = 0
    try:
        run()
    except SystemExit as ended:
        code = ended.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # whoever read has gone
        code = code or 2
    os._exit(code if isinstance(code, int) else 0)


def run() -> None:
    """Run the command line; every foreseen error becomes one sentence and exit code 2."""
    from firebreak.engine.errors import EngineError
    from firebreak.faces.server.errors import ServerError
    from firebreak.records.common.errors import Problem
    from firebreak.records.common.settings import SettingError

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except (EngineError, ServerError, SettingError, Problem, OSError) as problem:
        sys.stderr.write(f"firebreak: {problem}\n")
        sys.exit(2)
    except Exception:  # noqa: BLE001 - Python's own exit code would be 1, and 1 says that something matched
        traceback.print_exc()
        sys.exit(2)
