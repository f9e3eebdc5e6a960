from __future__ import annotations

from django.urls import path

from firebreak.faces.console.settings import views

urlpatterns = [path("settings/", views.all_settings, name="settings")]
