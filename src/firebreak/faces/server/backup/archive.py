"""The form of a backup: a tar file of `backup.json`, `database.dump` and the keys."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Final

from firebreak.faces.server.errors import ServerError

ABOUT: Final = "backup.json"
DATABASE: Final = "database.dump"
KEYS: Final = ("secret.key", "ledger.key")
FORM: Final = 1


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself. `settings` names the variables that were set, without their values."""

    form: int
    firebreak: str
    made_at: str
    keys: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)


def write(into: Path, about: About, database: Path, keys: dict[str, str]) -> None:
    """Write a backup file."""
    with tarfile.open(into, "w") as archive:
        _add(archive, ABOUT, json.dumps(asdict(about), indent=1))
        for name, content in keys.items():
            _add(archive, name, content)
        archive.add(database, DATABASE, filter=_nobodys)


@contextmanager
def opened(path: Path) -> Iterator[tuple[tarfile.TarFile, About]]:
    """Open a backup. Raises ServerError for what is none, or one of a newer form."""
    try:
        with tarfile.open(path, "r:") as archive:
            about = About(**json.loads(content(archive, ABOUT)))
            if about.form != FORM:
                raise ServerError(f"{path} was made by Firebreak {about.firebreak}: restore it with that version")
            yield archive, about
    except (tarfile.TarError, KeyError, TypeError, ValueError) as problem:
        raise ServerError(f"{path} is no backup of Firebreak, or not a whole one: {problem}") from None


def content(archive: tarfile.TarFile, name: str) -> str:
    """Return a small member's text."""
    return member(archive, name).read().decode()


def member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """Return a member to read from. Raises KeyError."""
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    data = text.encode()
    header = tarfile.TarInfo(name)
    header.size, header.mode = len(data), 0o600
    archive.addfile(header, io.BytesIO(data))


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member
