"""Start Django for a command: settings first, so that a wrong one is one sentence and not a traceback."""

from __future__ import annotations

import os
from pathlib import Path

from firebreak.records.common.settings import PREFIX, settings


def setup(data: Path | None = None) -> None:
    """Make everything importable that needs Django; `data` stands for FIREBREAK_DATA when given.

    Raises SettingError for settings that make no sense.
    """
    choose(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firebreak.faces.site.settings")
    import django  # noqa: PLC0415 - only now are its settings known

    django.setup()


def choose(data: Path | None) -> None:
    """Take `data` for the data folder of this process and of those it starts, and read the settings."""
    if data is not None:
        os.environ[f"{PREFIX}DATA"] = str(data.expanduser().absolute())
        settings.cache_clear()
    settings()
