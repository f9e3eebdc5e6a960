"""`firebreak backup`: one consistent moment, while everything runs on."""

from __future__ import annotations

import os
import subprocess
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

from firebreak import __version__
from firebreak.faces.server import place
from firebreak.faces.server.backup import archive
from firebreak.faces.server.backup.archive import About
from firebreak.faces.server.embedded import session
from firebreak.faces.server.embedded.account import account
from firebreak.faces.server.embedded.binaries import programs
from firebreak.faces.server.errors import ServerError
from firebreak.records.common.clock import now
from firebreak.records.common.settings import PREFIX, Settings

_SPOOLED: Final = "public.console_cache"  # counts attempts to sign in; nothing to keep


def backup(chosen: Settings, into: Path) -> About:
    """Write a backup of this installation. Raises ServerError; a file that is there is never overwritten."""
    if into.exists():
        raise ServerError(f"{into} exists: name another file, or remove it")
    keys = {name: (chosen.data / name).read_text() for name in archive.KEYS if (chosen.data / name).exists()}
    named = sorted(name for name in os.environ if name.startswith(PREFIX))
    about = About(archive.FORM, __version__, now().isoformat(), list(keys), named)
    dump, unfinished = into.with_name(f"{into.name}.dump"), into.with_name(f"{into.name}.new")
    try:
        for path in (dump, unfinished):
            place.write_private(path, "")
        with database(chosen) as url:
            run_program(chosen, "pg_dump", "--format=custom", f"--exclude-table-data={_SPOOLED}", f"--file={dump}", url)
        archive.write(unfinished, about, dump, keys)
        unfinished.replace(into)
    except FileNotFoundError:
        raise ServerError(f"there is no folder {into.parent}: make it, or name another file") from None
    finally:
        dump.unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)
    return about


def database(chosen: Settings) -> AbstractContextManager[str]:
    """Give the address of the database in use."""
    return nullcontext(chosen.database_url) if chosen.database_url else session.available(chosen.data)


def run_program(chosen: Settings, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raises ServerError with what it said."""
    program = programs(chosen.data, account()) / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise ServerError(f"{name} failed: {said}")
