"""A process that is killed while it imports leaves whole batches and an import that tells the truth."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from firebreak.records.banks import operations
from firebreak.records.banks.models import Bank, Import, Reference, Signal
from firebreak.records.common.actor import SYSTEM
from firebreak.records.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 60_000
_IMPORT = """
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[3]
django.setup()
from firebreak.records.banks import operations
from firebreak.records.banks.models import Import
from firebreak.records.common.actor import SYSTEM
with open(sys.argv[1], "rb") as file:
    for _ in operations.import_from(Import.objects.get(pk=sys.argv[2]), file, actor=SYSTEM):
        print("a batch", flush=True)
"""


def _start(path: Path, begun: Import) -> subprocess.Popen[str]:
    name = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-W", "ignore", "-c", _IMPORT, str(path), str(begun.pk), name]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "firebreak.faces.site.settings"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def _require_truth(begun: Import, bank: Bank) -> None:
    begun.refresh_from_db()
    bank.refresh_from_db()
    held = (begun.references_added, begun.signals_added)
    assert held == (Reference.objects.count(), Signal.objects.count()) == (bank.references_held, bank.signals_held)
    assert begun.rows in {0, begun.references_added + 1}  # the header is a row
    told = Entry.objects.filter(action="import.rows").values_list("payload", flat=True)
    assert sum(entry["references"] for entry in told if entry) == begun.references_added


def test_killed_three_times_and_complete_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("pdq,name\n" + "\n".join(f"{n:064x},p{n}" for n in range(ROWS)))
    bank = operations.create_bank("patterns", actor=SYSTEM)
    begun = operations.start_import(bank, filename=path.name, size=path.stat().st_size, actor=SYSTEM)
    for kill in range(3):
        with _start(path, begun) as running:
            assert running.stdout
            assert running.stdout.readline() == "a batch\n"
            time.sleep(0.01 * kill)
            running.send_signal(signal.SIGKILL)
        _settle()
        _require_truth(begun, bank)
        assert begun.finished_at is None
    with path.open("rb") as file:
        *_, ended = operations.import_from(begun, file, actor=SYSTEM)
    _require_truth(begun, bank)
    assert (ended.status, ended.references_added, ended.duplicates) == ("done", ROWS, 0)


def _settle() -> None:
    """Wait until the database has noticed that nobody listens any more."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    end = time.monotonic() + 20
    with connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.fetchone() != (0,):
            assert time.monotonic() < end
            time.sleep(0.02)
            cursor.execute(others)
