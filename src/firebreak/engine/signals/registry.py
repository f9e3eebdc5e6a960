"""Every kind of signal, by name. To add one: write its module, and add its line here."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.hexadecimal import shown
from firebreak.engine.signals.kind import Kind

# Imported on first use, so that naming the kinds costs nothing.
KINDS: Final = {
    "sha256": "firebreak.engine.signals.sha256.KIND",
    "md5": "firebreak.engine.signals.md5.KIND",
    "pdq": "firebreak.engine.signals.pdq.kind.KIND",
    "vpdq": "firebreak.engine.signals.vpdq.kind.KIND",
}


def load(name: str) -> Kind:
    """Return the kind called `name`. Raises SignalError when there is none."""
    path = KINDS.get(name)
    if path is None:
        raise SignalError(f"there is no kind of signal called {shown(name)}", f"use one of {', '.join(KINDS)}")
    module, _, attribute = path.rpartition(".")
    return cast(Kind, getattr(import_module(module), attribute))
