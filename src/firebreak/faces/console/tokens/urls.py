from __future__ import annotations

from django.urls import path

from firebreak.faces.console.tokens import views

urlpatterns = [
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/new/", views.new, name="new_token"),
    path("tokens/<uuid:key>/revoke/", views.revoke, name="revoke_token"),
]
