"""The pages people work on. Each folder is one noun: views without logic, forms, addresses, templates."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
LOCALE: Final = _HERE.parent.parent / "locale"

# Those of the console step aside for programs: see shell/scope.py.
MIDDLEWARE: Final = [
    f"firebreak.faces.console.shell.scope.{name}"
    for name in ("sessions", "csrf", "authentication", "language", "messages", "htmx", "weight")
]


def template_folders() -> list[Path]:
    """Return where Django finds templates: a folder a noun."""
    return sorted(_HERE.glob("*/templates"))
