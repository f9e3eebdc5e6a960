"""Everything that can be allowed, and which role may what. The one list, alphabetical: `what:verb`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """What a role, or a token's scope, allows."""

    BANKS_READ = "banks:read"
    BANKS_WRITE = "banks:write"
    DELIVERY_READ = "delivery:read"
    DELIVERY_WRITE = "delivery:write"
    LEDGER_READ = "ledger:read"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    SCANS_READ = "scans:read"
    SCANS_WRITE = "scans:write"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    STATUS_READ = "status:read"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"


class Role(StrEnum):
    """What a person is here for."""

    ADMINISTRATOR = "administrator"
    LEAD = "lead"
    MODERATOR = "moderator"
    LEGAL = "legal"
    ANALYST = "analyst"


ROLE_NAMES: Final = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.LEAD: _("Trust & safety lead"),
    Role.MODERATOR: _("Moderator"),
    Role.LEGAL: _("Legal officer"),
    Role.ANALYST: _("Analyst"),
}

_P = Permission
_READING: Final = frozenset({_P.BANKS_READ, _P.POLICIES_READ, _P.SCANS_READ, _P.STATUS_READ})

ALLOWED: Final[dict[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.LEAD: _READING
    | {_P.BANKS_WRITE, _P.DELIVERY_READ, _P.LEDGER_READ, _P.POLICIES_WRITE, _P.SCANS_WRITE, _P.STAFF_READ},
    Role.MODERATOR: _READING | {_P.BANKS_WRITE, _P.SCANS_WRITE},
    Role.LEGAL: _READING | {_P.LEDGER_READ},
    Role.ANALYST: _READING,
}
