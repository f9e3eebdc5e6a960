"""Static files whose addresses carry a stamp of their content, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class StampedStorage(StaticFilesStorage):
    def url(self, name: str | None) -> str:
        plain = super().url(name)
        stamp = _stamp(name) if name else ""
        return f"{plain}?{stamp}" if stamp else plain


@cache
def _stamp(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10] if found else ""
