"""A folder of banks, one file each."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from firebreak.engine.banks.bank import SUFFIX, Bank
from firebreak.engine.errors import BankError

_NAME: Final = re.compile(r"[\w][\w .-]{0,99}", re.UNICODE)


class Shelf:
    """Finds, makes and changes the banks of one folder. Several processes may share it: writers wait in line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        return sorted(p.name.removesuffix(SUFFIX) for p in self.path.glob(f"*{SUFFIX}") if p.is_file())

    def open(self, name: str) -> Bank:
        """Return a bank to read from. Raises BankError when there is none of that name."""
        path = self._file(name)
        if not path.is_file():
            known = ", ".join(self.names()) or "none yet"
            raise BankError(f"{self.path} has no bank named {name!r}", f"it has: {known}")
        return Bank.load(path)

    def create(self, name: str, description: str = "") -> Bank:
        """Make an empty bank, and the folder if need be. Raises BankError when the name is taken or unfit."""
        self.path.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._file(name).exists():
                raise BankError(f"{self.path} has a bank named {name!r} already", "add to it, or use another name")
            bank = Bank(name, description)
            bank.save(self._file(name))
        return bank

    @contextmanager
    def change(self, name: str) -> Iterator[Bank]:
        """Open a bank to change it; it is written when the block ends, also by an error or an interrupt.

        What was added before an interrupt is kept: each reference is whole or absent.
        """
        with self._alone():
            bank = self.open(name)
            try:
                yield bank
            finally:
                self.keep(bank)

    def keep(self, bank: Bank) -> None:
        """Write a bank that is being changed as it is by now, so that a crash loses only what comes after."""
        bank.save(self._file(bank.name))

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BankError(
                f"{name!r} is no name for a bank",
                "use up to 100 letters, digits, spaces, dots, dashes and underscores, a letter or digit first",
            )
        return self.path / f"{name}{SUFFIX}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
