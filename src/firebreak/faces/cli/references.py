"""Turn files into references, and what `--refs` names into banks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firebreak.engine.banks.bank import SUFFIX, Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.banks.shelf import Shelf
from firebreak.engine.errors import MediaError
from firebreak.engine.fingerprint import Fingerprint, fingerprint
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.faces.cli.files import UsageError, expand, printable
from firebreak.faces.cli.progress import in_order

# What references are called that were given for this one command and are in no bank of their own.
AD_HOC = "refs"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file that should have become a reference."""

    name: str
    error: str | None = None
    warnings: tuple[str, ...] = ()


def gather(paths: list[Path], pool: DecoderPool, jobs: int) -> list[Bank]:
    """Return the banks that `--refs` means. Files that cannot be read are named on standard error.

    Raises UsageError when nothing is left to compare with.
    """
    banks, loose = [], []
    for path in paths:
        if not path.exists():
            raise UsageError(f"--refs {path} does not exist", "name a file, a folder, or a bank")
        if path.is_file() and path.suffix == SUFFIX:
            banks.append(Bank.load(path))
        elif path.is_dir() and Shelf(path).names():
            banks += [Shelf(path).open(name) for name in Shelf(path).names()]
        else:
            loose.append(path)
    if loose:
        made = Bank(AD_HOC)
        for outcome in add_files(made, loose, pool, jobs=jobs):
            for trouble in [*([outcome.error] if outcome.error else []), *outcome.warnings]:
                sys.stderr.write(f"firebreak: reference {printable(outcome.name)}: {trouble}\n")
        banks.append(made)
    if not any(len(bank) for bank in banks):
        raise UsageError(f"--refs {', '.join(map(str, paths))} holds no reference that can be read")
    return banks


def add_files(
    bank: Bank, paths: list[Path], pool: DecoderPool, *, jobs: int, source: str = "", note: str = ""
) -> Iterator[Outcome]:
    """Add files to a bank and yield what became of each."""

    def read(named: tuple[str, Path]) -> Fingerprint | str:
        try:
            return fingerprint(named[1], pool)
        except (MediaError, OSError) as problem:
            return str(problem)

    for (name, _), result in in_order(read, list(expand(paths)), jobs=jobs, title="Reading references"):
        if isinstance(result, str):
            yield Outcome(name, result)
        elif (known := bank.get(name)) is not None:
            same = known.sha256 == result.sha256
            yield Outcome(name, None if same else "the bank has another file of this name; remove that one first")
        else:
            yield _add(bank, name, result, source, note)


def _add(bank: Bank, name: str, print_: Fingerprint, source: str, note: str) -> Outcome:
    usable = print_.usable()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    reference = Reference(name, print_.kind, print_.duration, print_.sha256, print_.md5, source, note, now)
    bank.add(reference, print_.times[usable], print_.codes[usable])
    bare = () if usable.any() else ("no picture in it has enough detail: only the very same file will be recognised",)
    return Outcome(name, None, (*print_.warnings, *bare))
