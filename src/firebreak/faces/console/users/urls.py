from __future__ import annotations

from django.urls import path

from firebreak.faces.console.users import views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/new/", views.new, name="new_person"),
    path("people/<uuid:key>/", views.person, name="person"),
    path("people/<uuid:key>/access/", views.access, name="person_access"),
    path("people/<uuid:key>/reset/", views.reset, name="person_reset"),
]
