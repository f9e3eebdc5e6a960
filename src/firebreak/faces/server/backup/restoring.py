"""`firebreak restore`: a backup into an empty data folder, or an empty database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from firebreak.faces.server import place
from firebreak.faces.server.backup import archive
from firebreak.faces.server.backup.archive import About
from firebreak.faces.server.backup.making import run_program
from firebreak.faces.server.embedded import session
from firebreak.faces.server.errors import ServerError
from firebreak.records.common.settings import Settings


def restore(chosen: Settings, file: Path) -> About:
    """Restore a backup. Raises ServerError where something is there already, and for a file that is no backup."""
    if not file.exists():
        raise ServerError(f"there is no file {file}")
    with archive.opened(file) as (opened, about):
        _require_empty(chosen.data)
        place.make(chosen.data)
        dump = chosen.data / archive.DATABASE
        try:
            place.write_private(dump, "")
            with dump.open("wb") as target:
                shutil.copyfileobj(archive.member(opened, archive.DATABASE), target)
            with _empty_database(chosen) as url:
                run_program(
                    chosen,
                    "pg_restore",
                    "--exit-on-error",
                    "--no-owner",
                    "--no-privileges",
                    f"--dbname={url}",
                    str(dump),
                )
        finally:
            dump.unlink(missing_ok=True)
        for name in about.keys:
            place.write_private(chosen.data / name, archive.content(opened, name))
    return about


def _require_empty(data: Path) -> None:
    if data.exists() and any(data.iterdir()):
        raise ServerError(f"{data} is not empty: restore into an empty folder, with --data")


@contextmanager
def _empty_database(chosen: Settings) -> Iterator[str]:
    if not chosen.database_url:
        with session.started(chosen.data) as url:
            yield url
        return
    with psycopg.connect(chosen.database_url) as link:
        row = link.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if row and row[0]:
        raise ServerError(f"the database at FIREBREAK_DATABASE_URL has {row[0]} tables: restore into an empty one")
    yield chosen.database_url
