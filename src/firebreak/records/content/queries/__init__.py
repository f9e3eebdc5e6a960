"""Reads of what was seen."""

from firebreak.records.content.queries.home import Hour, Numbers, numbers
from firebreak.records.content.queries.listing import Filters, Page, page
from firebreak.records.content.queries.one import Shown, shown
from firebreak.records.content.queries.reading import by_key, findings, is_waiting, scan, waiting, waiting_since
from firebreak.records.content.queries.tallies import tallied, tally_leaves

__all__ = [
    "Filters",
    "Hour",
    "Numbers",
    "Page",
    "Shown",
    "by_key",
    "findings",
    "is_waiting",
    "numbers",
    "page",
    "scan",
    "shown",
    "tallied",
    "tally_leaves",
    "waiting",
    "waiting_since",
]
