"""Every address of the console, with what stands in it filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, reverse

from firebreak.faces.console import urls
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Permission
from tests.faces.console.conftest import World

# Those that nobody has to be signed in for, or that allauth guards.
OPEN: Final = frozenset(
    {
        "account_login",
        "account_inactive",
        "mfa_authenticate",
        "set_language",
        "set_theme",
    }
)
OF_ALLAUTH: Final = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address by its name, and what its page says of itself; `marked` is whether it says anything."""

    name: str
    pattern: URLPattern
    marked: bool
    permission: Permission | None
    writes: Permission | None

    def path(self, world: World, person: User) -> str:
        return reverse(self.name, kwargs=_filled(self, world, person))

    @property
    def only_posts(self) -> bool:
        """Whether reading it is refused: `require_POST` wraps the view."""
        return self.name in POSTED


POSTED: Final = frozenset(
    {
        "set_language",
        "set_theme",
        "replay",
        "switch_endpoint",
        "delete_endpoint",
        "rotate_key",
        "test_endpoint",
        "replay_dead",
        "switch_bank",
        "remove_reference",
        "restore_reference",
        "revoke_token",
        "person_access",
        "person_reset",
    }
)


def addresses() -> list[Address]:
    """Return all of them that have a name."""
    return [_address(pattern) for pattern in _patterns(urls.urlpatterns) if pattern.name]


def pages() -> list[Address]:
    """Return those that are pages of ours, which their mark guards; what deletes is the last."""
    return sorted((each for each in addresses() if each.marked), key=lambda each: each.name.startswith("delete"))


def _patterns(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in found:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns)
        else:
            yield each


def _address(pattern: URLPattern) -> Address:
    view: Any = pattern.callback
    marked = hasattr(view, "permission")
    return Address(str(pattern.name), pattern, marked, getattr(view, "permission", None), getattr(view, "writes", None))


def _filled(address: Address, world: World, person: User) -> dict[str, object]:
    keys = {
        "delivery": world.delivery.pk,
        "replay": world.delivery.pk,
        "scan": world.scan,
        "import": world.taking_in.pk,
        "revoke_token": world.token.pk,
    }
    by_word = {"endpoint": world.endpoint.pk, "replay_dead": world.endpoint.pk, "rotate_key": world.endpoint.pk}
    by_word |= {"person": person.pk, "reference": world.reference.public_id}
    key = keys.get(address.name) or next((id_ for word, id_ in by_word.items() if word in address.name), None)
    name = world.entry.uuid if address.name in {"entry", "proof"} else world.bank.name
    known = {"key": key, "name": name, "form": "csv", "by": "file"}
    wanted = address.pattern.pattern.regex.groupindex
    return {name: known[name] for name in wanted}
