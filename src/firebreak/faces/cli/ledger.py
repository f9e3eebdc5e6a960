"""`firebreak ledger`: check the record of everything that was done, and prove what is in it."""

from __future__ import annotations

import json as json_
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firebreak.faces.cli.database import COMMAND_LINE, Data, Json, print_lines, reach, say

if TYPE_CHECKING:
    from firebreak.records.ledger.checkpoint import TreeHead, Verifier
    from firebreak.records.ledger.verify import Report

ledger_app = typer.Typer(no_args_is_help=True, help="The signed record of everything that was done.")

DONE, FAILED = 0, 1
Key = Annotated[str | None, typer.Option("--key", metavar="KEY", help="Trust this key alone: name+id+key.")]


@ledger_app.command()
def verify(
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="An export, in place of the database.")
    ] = None,
    key: Key = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="A checkpoint kept from before; may be repeated."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Recompute everything and say what broke first. Exit 0: whole, 1: broken."""
    keys = [_key(key)] if key else []
    kept = [_kept(path, keys) for path in checkpoint or []]
    report = _verify_file(file, keys, kept) if file else _verify_database(data, keys, kept)
    if json:
        print_lines([report.told()])
    else:
        _print(report)
    raise typer.Exit(DONE if report.ok else FAILED)


@ledger_app.command()
def prove(
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its id, or its number.")],
    opened: Annotated[bool, typer.Option("--open", help="Show actor and payload, not their hashes alone.")] = False,
    data: Data = None,
) -> None:
    """Print proof that an entry is in the ledger, which anyone can check."""
    reach(data)
    from firebreak.records.ledger import queries

    with queries.snapshot():
        proof = queries.prove(queries.find(entry), opened=opened)
    sys.stdout.write(json_.dumps(proof, ensure_ascii=False, indent=2) + "\n")


@ledger_app.command("check-proof")
def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `ledger prove` printed.")],
    key: Key = None,
    json: Json = False,
) -> None:
    """Check a proof; needs no server and no database. Exit 0: it proves, 1: it does not."""
    from firebreak.records.ledger import proof

    try:
        leaf, head = proof.check(_parsed(file), key=_key(key) if key else None)
    except proof.ProofError as problem:
        if json:
            print_lines([{"ok": False, "problem": str(problem)}])
        else:
            sys.stdout.write(f"no proof: {problem}\n")
        raise typer.Exit(FAILED) from None
    if json:
        print_lines([{"ok": True, "leaf": leaf.told(), "origin": head.origin, "size": head.size}])
        return
    sys.stdout.write(f"proved: {leaf.action} {leaf.subject} is entry {leaf.seq} of the {head.size} in {head.origin}\n")
    if not key:
        say("The key was taken from the proof itself. Name the one that you know with --key.")


@ledger_app.command()
def export(data: Data = None) -> None:
    """Write the whole ledger to standard output, one JSON object a line."""
    reach(data)
    from firebreak.records.ledger import lines, queries

    with queries.snapshot():
        lines.write(queries.lines(), sys.stdout)


@ledger_app.command("checkpoint")
def checkpoint_(data: Data = None, json: Json = False) -> None:
    """Print the newest signed checkpoint, to be kept where nobody here can change it."""
    reach(data)
    from firebreak.records.common.errors import NotFound
    from firebreak.records.ledger import queries

    head = queries.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet", "the first change makes one")
    key = str(queries.verifier(head.key))
    if json:
        print_lines([{"size": head.size, "root": bytes(head.root).hex(), "key": key, "text": head.text}])
    else:
        sys.stdout.write(head.text)
        say(f"key: {key}")


@ledger_app.command("adopt-key")
def adopt_key(data: Data = None) -> None:
    """Sign with this installation's key from now on, when the one before is lost or no longer trusted."""
    reach(data)
    from firebreak.records.ledger import operations, queries

    say(f"checkpoints are signed with {queries.verifier(operations.adopt_key(actor=COMMAND_LINE))}")


def _verify_database(data: Path | None, keys: list[Verifier], kept: list[TreeHead]) -> Report:
    reach(data)
    from firebreak.faces.cli.progress import counted
    from firebreak.records.ledger import queries
    from firebreak.records.ledger.models import Entry
    from firebreak.records.ledger.verify import Verification, check

    with queries.snapshot():
        lines = counted(queries.lines(), total=Entry.objects.count(), title="Verifying")
        return check(lines, Verification(keys=keys, kept=kept, nodes=queries.nodes()))


def _verify_file(file: Path, keys: list[Verifier], kept: list[TreeHead]) -> Report:
    from firebreak.faces.cli.files import UsageError
    from firebreak.faces.cli.progress import counted
    from firebreak.records.ledger.lines import LineError, read
    from firebreak.records.ledger.verify import Verification, check

    try:
        with file.open(encoding="utf-8") as opened:
            return check(counted(read(opened), total=None, title="Verifying"), Verification(keys=keys, kept=kept))
    except (LineError, UnicodeDecodeError) as problem:
        raise UsageError(f"{file} is no export of a ledger: {problem}") from None


def _key(text: str) -> Verifier:
    from firebreak.faces.cli.files import UsageError
    from firebreak.records.ledger.checkpoint import CheckpointError, Verifier

    try:
        return Verifier.parse(text)
    except CheckpointError as problem:
        raise UsageError(f"--key: {problem}") from None


def _kept(path: Path, keys: list[Verifier]) -> TreeHead:
    """Read a checkpoint that was kept; whoever kept it vouches for it, unless a key is named."""
    from firebreak.faces.cli.files import UsageError
    from firebreak.records.ledger import checkpoint

    try:
        text = path.read_text(encoding="utf-8")
        return checkpoint.verify(text, keys) if keys else checkpoint.parse(text)
    except (checkpoint.CheckpointError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: {problem}") from None


def _parsed(file: Path) -> Any:
    from firebreak.faces.cli.files import UsageError

    try:
        return json_.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{file} is no JSON: {problem}") from None


def _print(report: Report) -> None:
    told = report.told()
    whole = "whole" if report.ok else f"BROKEN, first at entry {report.faults[0].seq}"
    sys.stdout.write(f"The ledger is {whole}.\n")
    for fault in report.faults:
        sys.stdout.write(f"  {fault.kind}: {fault.detail}\n")
    if report.faults_in_all > len(report.faults):
        sys.stdout.write(f"  and {report.faults_in_all - len(report.faults)} more\n")
    for name in ("entries", "pending", "checkpoints", "payloads_erased", "actors_erased", "root"):
        sys.stdout.write(f"{name.replace('_', ' ')}: {told[name]}\n")
    for key in report.keys:
        sys.stdout.write(f"key: {key}\n")
