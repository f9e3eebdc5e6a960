from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from firebreak.engine.banks.reference import Reference
from firebreak.engine.banks.shelf import Shelf
from firebreak.engine.errors import BankError

NOTHING = np.empty((0, 4), np.uint64)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 101, "nul\0"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BankError, match="no name for a bank"):
        Shelf(tmp_path).create(name)
    assert [p.name for p in tmp_path.iterdir() if p.name != ".lock"] == []


def test_a_bank_is_made_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "new" / "folder")
    shelf.create("known", "what it is")
    assert shelf.names() == ["known"]
    assert shelf.open("known").description == "what it is"
    with pytest.raises(BankError, match="already"):
        shelf.create("known")


def test_a_missing_bank_is_named_with_those_there_are(tmp_path: Path) -> None:
    Shelf(tmp_path).create("known")
    with pytest.raises(BankError, match=r"no bank named 'other'.*known"):
        Shelf(tmp_path).open("other")


def test_what_was_added_before_an_interrupt_is_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.create("known")

    def interrupted() -> None:
        with shelf.change("known") as bank:
            bank.add(Reference("first", "audio", sha256="a" * 64), np.array([]), NOTHING)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "first" in shelf.open("known")


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; import numpy as np; from pathlib import Path\n"
        "from firebreak.engine.banks.shelf import Shelf; from firebreak.engine.banks.reference import Reference\n"
        "shelf = Shelf(Path(sys.argv[1])); shelf.create('known')\n"
        "with shelf.change('known') as bank:\n"
        "    bank.add(Reference('kept', 'audio', sha256='a' * 64), np.array([]), np.empty((0, 4), np.uint64))\n"
        "    shelf.keep(bank)\n"
        "    bank.add(Reference('lost', 'audio', sha256='b' * 64), np.array([]), np.empty((0, 4), np.uint64))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -signal.SIGKILL
    assert [r.name for r in Shelf(tmp_path).open("known").references()] == ["kept"]


def test_writers_wait_in_line(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.create("known")

    def add(number: int) -> None:
        with shelf.change("known") as bank:
            bank.add(Reference(f"r{number}", "audio", sha256=f"{number:064x}"), np.array([]), NOTHING)

    threads = [threading.Thread(target=add, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {r.name for r in shelf.open("known").references()} == {f"r{i}" for i in range(8)}
