"""Long tables a page at a time, by key: page one million costs what page one does, and an address stays true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows, the key that the next page starts behind, and whether this is the first."""

    rows: list[Row]
    older: str
    first: bool


def newest_first(rows: QuerySet[Row], request: HttpRequest, *, key: type[int | UUID]) -> Slice[Row]:
    """Return a page of rows by falling primary key, from behind `?before=` on."""
    before = _read(request.GET.get("before", ""), key)
    chosen = rows.order_by("-pk")
    if before is not None:
        chosen = chosen.filter(pk__lt=before)
    found = list(chosen[: PAGE + 1])
    older = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return Slice(found[:PAGE], older, before is None)


def _read(text: str, key: type[int | UUID]) -> Any:
    try:
        value = key(text)
    except ValueError:
        return None
    return value if not isinstance(value, int) or abs(value) < 2**62 else None
