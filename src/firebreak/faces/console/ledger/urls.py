from __future__ import annotations

from django.urls import path

from firebreak.faces.console.ledger import views

urlpatterns = [
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/checkpoints/", views.checkpoints, name="checkpoints"),
    path("ledger/<str:name>/", views.entry, name="entry"),
    path("ledger/<str:name>/proof/", views.proof, name="proof"),
]
