"""People and tokens by what others call them."""

from __future__ import annotations

from uuid import UUID

from firebreak.records.common.errors import NotFound
from firebreak.records.staff.models import ApiToken, User


def user(email: str) -> User:
    """Return the person with an e-mail address, however it is capitalised. Raises NotFound."""
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise NotFound(f"there is nobody with the e-mail address {email}", "see `firebreak user list`", field="email")
    return found


def token(name: str) -> ApiToken:
    """Return the one token with this id or these first characters. Raises NotFound for none, and for several."""
    try:
        found = list(ApiToken.objects.filter(pk=UUID(name)))
    except ValueError:
        found = list(ApiToken.objects.filter(prefix=name)[:2])
    if len(found) != 1:
        raise NotFound(f"{name} is {'several tokens' if found else 'no token'}", "name one by its id", field="token")
    return found[0]
