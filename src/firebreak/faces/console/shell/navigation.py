"""The rail: the desks and shelves there are, who sees them, and the letter that goes there after `g`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firebreak.records.staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    label: str | Promise
    key: str
    permission: Permission
    shelf: bool = False


PLACES: Final = (
    Place("home", _("Now"), "n", Permission.STATUS_READ),
    Place("scans", _("Intake"), "i", Permission.SCANS_READ),
    Place("check", _("Check a file"), "c", Permission.SCANS_READ),
    Place("banks", _("Banks"), "b", Permission.BANKS_READ, shelf=True),
    Place("deliveries", _("Deliveries"), "d", Permission.DELIVERY_READ, shelf=True),
    Place("ledger", _("Ledger"), "l", Permission.LEDGER_READ, shelf=True),
    Place("tokens", _("Tokens"), "t", Permission.TOKENS_READ, shelf=True),
    Place("people", _("People"), "p", Permission.STAFF_READ, shelf=True),
    Place("settings", _("Settings"), "s", Permission.STATUS_READ, shelf=True),
)
