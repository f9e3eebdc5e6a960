"""Schema upgrades: one process at a time, and a check that the schema is not behind the code."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, OperationalError

from firebreak.faces.server.errors import ServerError

_LOCK: Final = 0x66626D67
_OLDEST: Final = 150000
_HEAL_SECONDS: Final = 30.0


def migrate() -> int:
    """Bring the schema up to this version; return how many steps that took. Raises ServerError."""
    require_database()
    with alone():
        steps = len(missing())
        if steps:
            call_command("migrate", interactive=False, verbosity=0)
    return steps


def missing() -> list[str]:
    """Return the steps that the schema lacks. Steps of a newer version that it has do not matter."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{step.app_label}.{step.name}" for step, _ in plan]


def require_database() -> None:
    """Raises ServerError where there is none, or one that is too old."""
    try:
        connection.ensure_connection()
    except OperationalError as problem:
        raise ServerError(
            f"the database cannot be reached ({_first_line(problem)}): check FIREBREAK_DATABASE_URL, or start "
            "`firebreak run`"
        ) from None
    version = connection.pg_version  # type: ignore[attr-defined]
    if version < _OLDEST:
        raise ServerError(f"the database is PostgreSQL {version // 10000}: Firebreak needs 15 or newer")


def await_database() -> None:
    """Wait for the database while it is being healed. Raises ServerError where that takes too long."""
    until = time.monotonic() + _HEAL_SECONDS
    while True:
        try:
            return require_database()
        except ServerError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


def require_schema() -> None:
    """Raises ServerError where the schema is behind this version."""
    require_database()
    if lacks := missing():
        raise ServerError(
            f"the database lacks {len(lacks)} upgrades of this version, first {lacks[0]}: run `firebreak migrate`"
        )


@contextmanager
def alone() -> Iterator[None]:
    """Keep others from preparing the same database, on whichever machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            try:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
            except DatabaseError as problem:  # the connection is gone, and the lock with it
                sys.stderr.write(f"firebreak: {_first_line(problem)}\n")


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [""])[0]
