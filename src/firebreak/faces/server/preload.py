"""Loads what web and worker processes use, before they are forked. Opens nothing and starts nothing."""

from __future__ import annotations

from importlib import import_module

from django.urls import get_resolver

from firebreak.records.common.background import BACKGROUND


def load() -> None:
    """Import all views, routes, jobs and threads."""
    import_module("firebreak.engine.scanner")
    import_module("firebreak.faces.site.wsgi")
    _ = get_resolver().url_patterns
    for one in BACKGROUND:
        import_module(one.run.rpartition(".")[0])
