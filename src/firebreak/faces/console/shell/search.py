"""Finding something by what a person has of it: an id, whole or its last eight digits, or a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firebreak.records.banks.models import Bank, Reference
from firebreak.records.content.models import Item, Scan
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Permission

MOST: Final = 20
_ID: Final = re.compile(r"\A[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\Z")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found."""

    kind: str | Promise
    name: str
    address: str


def find(query: str, user: User) -> list[Hit]:
    """Return what someone may see and what the query could mean, exact matches first."""
    hits: list[Hit] = []
    id_ = UUID(query) if _ID.match(query) else None
    if user.may(Permission.SCANS_READ):
        hits += _scans(query, id_)
    if user.may(Permission.BANKS_READ):
        hits += _known(query, id_)
    return hits[:MOST]


def _scans(query: str, id_: UUID | None) -> list[Hit]:
    by_id = Scan.objects.filter(pk=id_).select_related("item") if id_ else []
    hits = [Hit(_("Scan"), str(each.item), reverse("scan", args=[each.pk])) for each in by_id]
    for item in Item.objects.filter(content_id=query):
        hits += [
            Hit(_("Scan"), str(item), reverse("scan", args=[each.pk])) for each in item.scans.order_by("-pk")[:MOST]
        ]
    if Item.objects.filter(account_id=query).exclude(account_id="").exists():
        hits.append(Hit(_("Account"), query, reverse("scans", query={"account": query})))
    return hits


def _known(query: str, id_: UUID | None) -> list[Hit]:
    banks = Bank.objects.filter(name__icontains=query)[:MOST]
    hits = [Hit(_("Bank"), bank.name, reverse("bank", args=[bank.name])) for bank in banks]
    references = Reference.objects.select_related("bank")
    every = list(Bank.objects.values_list("pk", flat=True))  # by bank and name, since that is the index
    chosen = references.filter(public_id=id_) if id_ else references.filter(bank__in=every, name=query, removed_at=None)
    return hits + [
        Hit(_("Reference"), str(each), reverse("reference", args=[each.bank.name, each.public_id]))
        for each in chosen[:MOST]
    ]
