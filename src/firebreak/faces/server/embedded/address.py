"""Where the embedded database lies and how it is reached; all of it follows from the data folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

USER: Final = "firebreak"
DATABASE: Final = "firebreak"
SOCKET: Final = ".s.PGSQL.5432"
_LONGEST: Final = 103  # the shortest that any kernel allows for a socket's path; Linux allows 107


def cluster_folder(data: Path) -> Path:
    """Return the folder of the database's own files."""
    return data / "postgresql"


def socket_folder(data: Path) -> Path:
    """Return the folder of its socket: below the data folder, or elsewhere where a socket cannot have that path."""
    folder = data / "run"
    # A comma would part two hosts in a database's address.
    if len(str(folder / SOCKET).encode()) <= _LONGEST and "," not in str(folder):
        return folder
    elsewhere = Path("/run") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    return elsewhere / f"firebreak-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def url(data: Path, database: str = DATABASE) -> str:
    """Return the address of a database in it."""
    return f"postgresql://{USER}@/{database}?host={quote(str(socket_folder(data)), safe='')}"
