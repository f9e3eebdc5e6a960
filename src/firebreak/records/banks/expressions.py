"""What Django does not have of PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import models


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row; 64 bits, so it never starts anew within one cluster."""

    template = "(pg_current_xact_id()::text::bigint)"
    arity = 0
    output_field = models.BigIntegerField()


class RealField(models.FloatField):  # type: ignore[type-arg]  # it takes no arguments when it runs
    """A number in four bytes."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        return "real"
