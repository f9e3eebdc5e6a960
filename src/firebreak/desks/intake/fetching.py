"""Scanning what an address names, where that is switched on: fetched through the guard into the spool."""

from __future__ import annotations

from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

from firebreak.desks.intake import gate, spool, upload
from firebreak.desks.intake.kinds import kind_of
from firebreak.records.common.errors import Invalid
from firebreak.records.common.settings import settings
from firebreak.records.delivery import guard

# Whoever waits less, waits this long for the address all the same (s).
_LEAST: Final = 5.0


def scan_url(request: gate.Request, url: str) -> dict[str, Any]:
    """Return the answer for what is at an address. Raises Invalid where that is off, and the guard's problems."""
    if not settings().fetch_urls:
        raise Invalid("addresses are not fetched here", "send the file, or switch FIREBREAK_FETCH_URLS on", field="url")
    with spool.SpoolFile() as file:
        fetched = guard.fetch(
            url,
            max_bytes=settings().upload_bytes,
            timeout=max(_LEAST, request.wait),
            into=cast(BinaryIO, file),  # it has what is used: write
        )
        with file.path.open("rb") as content:
            kind = upload.allowed(kind_of(content.read(4096)))
        return gate.scan_file(request, file, kind, {"source": "url", "url": _without_query(fetched.url)})


def _without_query(url: str) -> str:
    """Return an address without what often is a key to it."""
    return urlsplit(url)._replace(query="", fragment="").geturl()
