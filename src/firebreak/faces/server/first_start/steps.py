"""A first start, step by step; one that was cut short is finished by the next."""

from __future__ import annotations

from pathlib import Path

from firebreak.faces.server.first_start import credentials, example
from firebreak.records.staff.models import User


def finish(data: Path, *, with_example: bool) -> None:
    """Do what a first start has to do, where this is one."""
    if User.objects.exists() and credentials.unshown(data) is None:
        return
    if with_example:
        example.make(data)
    credentials.make(data)
