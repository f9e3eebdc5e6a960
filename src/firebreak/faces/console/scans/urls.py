from __future__ import annotations

from django.urls import path

from firebreak.faces.console.scans import views

urlpatterns = [
    path("scans/", views.scans, name="scans"),
    path("scans/<uuid:key>/", views.scan, name="scan"),
]
