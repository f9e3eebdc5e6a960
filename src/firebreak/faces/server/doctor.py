"""What `firebreak doctor` looks at, beyond the sandbox: each thing is fine, or wrong with a way to mend it."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

from firebreak.faces.server import place
from firebreak.faces.server.errors import ServerError
from firebreak.records.common.settings import Settings

_PRIVATE: Final = ("secret.key", "ledger.key", "first-start.json")
_LEAST_FREE: Final = 2 * 10**9  # bytes
_URGENT: Final = frozenset({"kill", "scan"})
_LONGEST_WAIT: Final = {True: 30.0, False: 900.0}  # s, urgent or not
_LEDGER_LAG: Final = 10.0
_CLOCK: Final = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `wrong` is empty where it is fine."""

    name: str
    wrong: str = ""
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return not self.wrong


def is_installed(chosen: Settings) -> bool:
    """Tell whether there is a server here to look at."""
    return bool(chosen.database_url) or (chosen.data / "secret.key").exists()


def checks(chosen: Settings) -> Iterator[Check]:
    """Look at everything in turn. What needs the database is left out where it cannot be reached; Django is set up."""
    yield _folder(chosen.data)
    yield _secrets(chosen.data)
    yield _space(chosen.data)
    database = _database()
    yield database
    if database.ok:
        for look in (_schema, _clock, _workers, _queues, _failed, _ledger, _webhooks):
            check = look()
            yield check
            if look is _schema and not check.ok:
                break
    yield _web(chosen.data)


def _folder(data: Path) -> Check:
    if not os.access(data, os.W_OK | os.X_OK):
        return Check("data folder", f"{data} cannot be written", "give it to the user that runs Firebreak")
    return Check("data folder")


def _secrets(data: Path) -> Check:
    open_ = [name for name in _PRIVATE if (data / name).exists() and (data / name).stat().st_mode & 0o077]
    if open_:
        paths = " ".join(str(data / name) for name in open_)
        return Check("secrets", f"others may read {', '.join(open_)}", f"chmod 600 {paths}")
    return Check("secrets")


def _space(data: Path) -> Check:
    free = shutil.disk_usage(data).free
    if free < _LEAST_FREE:
        return Check("disk", f"{free / 1e9:.1f} GB are free", "make room: without it nothing new can be kept")
    return Check("disk")


def _database() -> Check:
    from firebreak.faces.server import migrate  # noqa: PLC0415 - Django is set up by now

    try:
        migrate.require_database()
    except ServerError as problem:
        wrong, _, remedy = str(problem).partition("): ")
        return Check("database", f"{wrong})" if remedy else wrong, remedy)
    return Check("database")


def _schema() -> Check:
    from firebreak.faces.server import migrate  # noqa: PLC0415

    lacks = migrate.missing()
    return Check("schema", f"{len(lacks)} upgrades behind", "run `firebreak migrate`") if lacks else Check("schema")


def _clock() -> Check:
    from django.db import connection  # noqa: PLC0415

    from firebreak.records.common.clock import now  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs((now() - cursor.fetchone()[0]).total_seconds())
    if apart > _CLOCK:
        return Check("clock", f"{apart:.0f} s apart from the database's", "let both keep time by NTP")
    return Check("clock")


def _workers() -> Check:
    from firebreak.faces.server import status  # noqa: PLC0415

    if not status.workers():
        return Check("workers", "none is alive", "start `firebreak run` or `firebreak work`")
    return Check("workers")


def _queues() -> Check:
    from firebreak.faces.server import status  # noqa: PLC0415

    late = [queue for queue in status.queues() if queue.oldest_seconds > _LONGEST_WAIT[queue.name in _URGENT]]
    if late:
        told = ", ".join(f"{queue.name} {queue.oldest_seconds:.0f} s" for queue in late)
        return Check("queues", f"jobs wait too long: {told}", "add workers, with FIREBREAK_WORKER_THREADS or a machine")
    return Check("queues")


def _failed() -> Check:
    from firebreak.faces.server import status  # noqa: PLC0415

    failed = status.failed_jobs()
    if failed:
        told = ", ".join(f"{count} of {queue}" for queue, count in sorted(failed.items()))
        return Check("jobs", f"given up: {told}", "the log says why, under the job's id; they are kept for 30 days")
    return Check("jobs")


def _ledger() -> Check:
    from firebreak.faces.server import status  # noqa: PLC0415

    entries, seconds = status.ledger_lag()
    if seconds > _LEDGER_LAG:
        return Check("ledger", f"{entries} entries wait for {seconds:.0f} s", "start a worker; its log says what fails")
    return Check("ledger")


def _webhooks() -> Check:
    from firebreak.faces.server import status  # noqa: PLC0415

    failing = status.failing_endpoints()
    if failing:
        return Check("webhooks", f"{failing} addresses do not take them", "see each one's last attempts in the console")
    return Check("webhooks")


def _web(data: Path) -> Check:
    address = place.address(data)
    if not address:
        return Check("web server") if place.is_locked(data) else Check("web server", "none runs", "`firebreak run`")
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
            answer.read()
    except HTTPError as problem:
        found = json.loads(problem.read()).get("checks", {})
        wrong = "; ".join(f"{name} {why}" for name, why in found.items() if why != "ok")
        return Check("web server", wrong or "not ready", "wait a moment; its log says what keeps it")
    except OSError:
        return Check("web server", f"nothing answers at {address}", "its log says why; is another program in its way?")
    return Check("web server")
