from __future__ import annotations

from django.urls import path

from firebreak.faces.console.check import views

urlpatterns = [path("check/", views.check, name="check")]
