"""The key that signs checkpoints: from the settings, or made at first use and kept in the data folder."""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from firebreak.records.common.errors import Problem
from firebreak.records.common.settings import Settings, settings
from firebreak.records.ledger.checkpoint import Signer

FILE: Final = "ledger.key"
_DEFAULT_ORIGIN: Final = "firebreak.local/ledger"


class LedgerKeyError(Problem):
    """The ledger's key cannot be used."""

    status = 500
    slug = "ledger-key"
    title = "The ledger's key cannot be used"


def origin(of: Settings) -> str:
    """Return the name that a new ledger takes: as set, else from the address, as C2SP advises."""
    if of.ledger_origin:
        return of.ledger_origin
    if of.url:
        parts = urlsplit(of.url)
        host = parts.netloc.rpartition("@")[2]
        return re.sub(r"[\s+]", "-", f"{host}{parts.path}/ledger")
    return _DEFAULT_ORIGIN


def signer(name: str) -> Signer:
    """Return this installation's key, under the ledger's name. Raises LedgerKeyError for a broken file."""
    seed = settings().ledger_key
    return Signer(name, seed or _kept(settings().data / FILE))


def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    try:
        seed = base64.b64decode(path.read_text().strip(), validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != 32:
        raise LedgerKeyError(f"{path} holds no key", "restore it from a backup")
    return seed


def _make(path: Path) -> None:
    """Make the key whole or not at all; of several processes at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # readable by its owner alone
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
