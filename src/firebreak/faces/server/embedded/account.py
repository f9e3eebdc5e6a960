"""The system user that runs the database where root starts it: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firebreak.faces.server.errors import ServerError

NAME: Final = "firebreak-db"


@dataclass(frozen=True, slots=True)
class Account:
    """A system user."""

    name: str
    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Tell whether this user may go through a folder and all above it."""
        return all(self._may_pass(step.stat()) for step in (folder, *folder.parents))

    def _may_pass(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


def account() -> Account | None:
    """Return the user the database has to run as; None when it runs as whoever starts it. Makes the user once."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make()
    return Account(NAME, entry.pw_uid, entry.pw_gid)


def _make() -> pwd.struct_passwd:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise ServerError(
            f"the database must not run as root, and there is no useradd to make a user for it: start Firebreak as an "
            f"ordinary user, or make a system user {NAME}"
        )
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise ServerError(f"the user {NAME} for the database cannot be made: {made.stderr.strip()}") from None
