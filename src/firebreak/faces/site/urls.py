"""All addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from firebreak.faces.server import health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("api/v1/", include("firebreak.faces.api.urls")),
    path("", include("firebreak.faces.console.urls")),
]

handler400 = "firebreak.faces.console.shell.views.bad_request"
handler403 = "firebreak.faces.console.shell.views.forbidden"
handler404 = "firebreak.faces.console.shell.views.not_found"
handler500 = "firebreak.faces.console.shell.views.server_error"
