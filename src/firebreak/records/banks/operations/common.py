"""What several verbs do."""

from __future__ import annotations

from django.db import connection
from django.db.models import F

from firebreak.records.banks.follower import CHANNEL
from firebreak.records.banks.models import Bank, Reference


def count(bank_id: int, references: int, signals: int) -> None:
    """Add to what a bank holds. Last in a transaction: writers to one bank wait for each other from here on."""
    held = {"references_held": F("references_held") + references, "signals_held": F("signals_held") + signals}
    Bank.objects.filter(pk=bank_id).update(**held)


def announce() -> None:
    """Wake all who follow the banks, once this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def subject(of: Bank | Reference) -> str:
    """Return how the ledger calls it."""
    return f"{'bank' if isinstance(of, Bank) else 'reference'}:{of.public_id}"
