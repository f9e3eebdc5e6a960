"""The database's settings, as Django wants them."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

CONNECTION_SECONDS = 600


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
