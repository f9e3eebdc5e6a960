"""`firebreak doctor`: what is wrong here, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from firebreak.engine.media.sandbox.enforcement import Enforcement, enforcement

if TYPE_CHECKING:
    from firebreak.faces.server.doctor import Check


def doctor(data: Path | None = None, *, as_json: bool) -> int:
    """Print what the kernel enforces on decoders, and how the server is, where there is one. Return 1 for a fault."""
    found, checks = enforcement(), _server(data)
    wrong = any(not check.ok for check in checks)
    if as_json:
        told = [{"name": check.name, "ok": check.ok, "wrong": check.wrong, "remedy": check.remedy} for check in checks]
        sys.stdout.write(json.dumps({"ok": not wrong, "sandbox": asdict(found), "server": told}) + "\n")
    else:
        _print(found, checks)
    return 1 if wrong else 0


def _server(data: Path | None) -> Sequence[Check]:
    if find_spec("django") is None:
        return ()
    from firebreak.faces.site import boot
    from firebreak.records.common.settings import load

    if data is not None:
        boot.choose(data)
    from firebreak.faces.server import doctor as server

    chosen = load(os.environ)
    if not server.is_installed(chosen):
        return ()
    boot.setup(data)
    return list(server.checks(chosen))


def _print(found: Enforcement, checks: Sequence[Check]) -> None:
    sys.stdout.write("The sandbox of decoders\n")
    for measure in found.measures:
        sys.stdout.write(f"  {'yes' if measure.enforced else 'NO '}  {measure.sentence}\n")
    sys.stdout.write("\nThe server\n" if checks else "\nThere is no server here: `firebreak run` makes one.\n")
    for check in checks:
        sys.stdout.write(
            f"  {'ok   ' if check.ok else 'WRONG'}  {check.name}{': ' + check.wrong if check.wrong else ''}\n"
        )
        if check.remedy:
            sys.stdout.write(f"         {check.remedy}\n")
