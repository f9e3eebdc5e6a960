"""Addresses of the console: each noun brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from firebreak.faces.console.shell import views

NOUNS = ("home", "auth", "scans", "check", "banks", "delivery", "ledger", "tokens", "users", "settings")

urlpatterns: list[URLPattern | URLResolver] = [
    path("keys/", views.keys, name="keys"),
    path("search/", views.search, name="search"),
    path("choose/language/", views.set_language, name="set_language"),
    path("choose/theme/", views.set_theme, name="set_theme"),
    *(path("", include(f"firebreak.faces.console.{noun}.urls")) for noun in NOUNS),
]
