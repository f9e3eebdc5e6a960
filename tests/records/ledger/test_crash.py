"""Killed at any instant, the sequencer leaves a ledger that verifies and goes on growing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from firebreak.records.ledger import sequencer
from firebreak.records.ledger.models import Entry
from tests.records.ledger.written import verified

KILLS = 50
ROOT = Path(__file__).parents[3]


def address() -> str:
    """Return the address of the test database, for another process."""
    set_ = connection.settings_dict
    host = quote(str(set_["HOST"]), safe="")
    return (
        f"postgresql://{quote(set_['USER'])}:{quote(set_['PASSWORD'])}@/{set_['NAME']}?host={host}&port={set_['PORT']}"
    )


@pytest.fixture
def kill_once() -> Iterator[Callable[[float], None]]:
    """Return what starts a sequencer and kills it after it has done something and some seconds more."""
    environment = {**os.environ, "FIREBREAK_DATABASE_URL": address()}
    program = [sys.executable, "-u", "-m", "tests.records.ledger.sequencing"]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, bufsize=0) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        told = server.stdout

        def kill(after: float) -> None:
            assert server.stdin is not None
            server.stdin.write(b"go\n")
            seen = b""
            while not (b"." in seen and b"\n" in seen):
                seen += told.read(1)
            time.sleep(after)
            os.kill(int(seen.replace(b".", b"")), signal.SIGKILL)
            while not seen.endswith(b"dead\n"):
                seen += told.read(1)

        yield kill
        server.stdin.close()


@pytest.mark.django_db(transaction=True)
def test_the_ledger_verifies_after_kill_9_at_any_instant(kill_once: Callable[[float], None]) -> None:
    instants = random.Random(6962)
    for _ in range(KILLS):
        kill_once(instants.uniform(0, 0.03))
        report = verified()
        assert report.ok, report.faults
    while sequencer.sequence_once():
        pass
    report = verified()
    assert report.ok, report.faults
    assert report.size == Entry.objects.count() >= KILLS * 10
    assert report.pending == 0
