"""Names of those who acted, for people: records keep `kind:id` alone."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from firebreak.records.common.actor import SYSTEM
from firebreak.records.staff.models import ApiToken, User


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of actors such as `user:<id>`, in two queries; those that nobody knows are left out."""
    wanted = set(actors)
    names = {str(SYSTEM): SYSTEM.name} if str(SYSTEM) in wanted else {}
    names |= {f"user:{u.pk}": str(u) for u in User.objects.filter(pk__in=_ids(wanted, "user"))}
    names |= {f"token:{t.pk}": str(t) for t in ApiToken.objects.filter(pk__in=_ids(wanted, "token"))}
    return names


def _ids(actors: set[str], kind: str) -> list[UUID]:
    found = []
    for actor in actors:
        known, _, id_ = actor.partition(":")
        if known == kind and len(id_) == 36:
            found.append(UUID(id_))
    return found
