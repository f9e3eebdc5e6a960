"""The database's settings, as Django wants them."""

from __future__ import annotations

from typing import Any

from django.db import connections
from psycopg.conninfo import conninfo_to_dict

CONNECTION_SECONDS = 600
_IDLE_SECONDS = 60.0
_WAIT_SECONDS = 5.0  # longer than an embedded database takes to come back


def django_database(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at `url`; options such as `sslmode` are passed on to libpq."""
    parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "firebreak"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": parts,
    }


def use_pool(most: int) -> None:
    """Have the threads of this process share at most `most` connections; called before the first is made."""
    configured = connections.settings["default"]
    configured["CONN_MAX_AGE"] = 0
    configured["CONN_HEALTH_CHECKS"] = True
    configured["OPTIONS"]["pool"] = {
        "name": "django",
        "min_size": 1,
        "max_size": most,
        "max_idle": _IDLE_SECONDS,
        "timeout": _WAIT_SECONDS,
        "reconnect_timeout": _WAIT_SECONDS,  # it waits ever longer between its tries, so none may last
    }
