"""What happens before web and workers start: the schema, then what a first start gives."""

from __future__ import annotations

import sys

from django.db import connections

from firebreak.faces.server import migrate
from firebreak.faces.server.errors import ServerError
from firebreak.faces.server.first_start import steps
from firebreak.records.common.settings import settings


def prepare(*, upgrade: bool) -> int:
    """Bring the database up to date, or, without `upgrade`, see that it is; return an exit code."""
    try:
        if upgrade:
            migrate.migrate()
            with migrate.alone():
                steps.finish(settings().data, with_example=settings().example)
        else:
            migrate.require_schema()
    except ServerError as problem:
        sys.stderr.write(f"firebreak: {problem}\n")
        return 2
    finally:
        connections.close_all()
    return 0
