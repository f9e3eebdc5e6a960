"""Every router of the API. To add one: write its module, and add its line here."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from ninja import Router

# The heading in the documentation, and where its router is.
ROUTERS: Final[tuple[tuple[str, str], ...]] = (
    ("Scans", "firebreak.desks.intake.api.router"),
    ("Banks", "firebreak.faces.api.banks.router"),
    ("Webhooks", "firebreak.faces.api.delivery.router"),
)


def load(path: str) -> Router:
    """Return the router at a dotted path."""
    module, _, attribute = path.rpartition(".")
    return cast(Router, getattr(import_module(module), attribute))
