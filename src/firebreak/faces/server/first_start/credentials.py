"""The first administrator and the first token: made once, kept in a private file until they were shown."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from firebreak.faces.server import place
from firebreak.records.common.actor import SYSTEM
from firebreak.records.staff.models import ApiToken, User
from firebreak.records.staff.operations import create_token, create_user, revoke_token
from firebreak.records.staff.permissions import Permission, Role

EMAIL: Final = "admin@localhost"
TOKEN_NAME: Final = "first start"  # noqa: S105 - its name
SCOPES: Final = [scope for scope in Permission if scope.value.split(":")[0] in {"scans", "banks", "status"}]
FILE: Final = "first-start.json"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is shown once. `token` is empty until there is one."""

    email: str
    password: str
    token: str = ""


def unshown(data: Path) -> Credentials | None:
    """Return what was made and not shown yet."""
    try:
        return Credentials(**json.loads((data / FILE).read_text()))
    except FileNotFoundError:
        return None


def shown(data: Path) -> None:
    """Forget it."""
    (data / FILE).unlink(missing_ok=True)


def make(data: Path) -> None:
    """Make both, or what of them a start that was cut short left undone.

    What is not in the file yet when it is cut short was never shown to anyone, so it is made anew.
    """
    held = unshown(data)
    if held is None:
        held = Credentials(EMAIL, secrets.token_urlsafe(15))
        _keep(data, held)
    if not User.objects.filter(email=EMAIL).exists():
        create_user(EMAIL, "Administrator", Role.ADMINISTRATOR, held.password, actor=SYSTEM)
    if not held.token:
        for lost in ApiToken.objects.filter(name=TOKEN_NAME, revoked_at=None):
            revoke_token(lost, actor=SYSTEM)
        _, token = create_token(TOKEN_NAME, SCOPES, actor=SYSTEM)
        _keep(data, replace(held, token=token))


def _keep(data: Path, held: Credentials) -> None:
    place.write_private(data / FILE, json.dumps(asdict(held)))
