"""Addresses of banks. Names of banks begin with a letter or digit, so `_` is never one."""

from __future__ import annotations

from django.urls import path, re_path

from firebreak.faces.console.banks import reference_views as references
from firebreak.faces.console.banks import views

urlpatterns = [
    path("banks/", views.banks, name="banks"),
    path("banks/_/new/", views.new, name="new_bank"),
    path("banks/_/which/", references.which, name="which"),
    path("banks/_/imports/<uuid:key>/", references.progress, name="import"),
    path("banks/<slug:name>/", views.bank, name="bank"),
    path("banks/<slug:name>/edit/", views.edit, name="edit_bank"),
    path("banks/<slug:name>/switch/", views.switch, name="switch_bank"),
    path("banks/<slug:name>/import/", references.take_in, name="take_in"),
    re_path(r"^banks/(?P<name>[\w-]+)/export\.(?P<form>csv|jsonl)$", views.export, name="export_bank"),
    re_path(r"^banks/(?P<name>[\w-]+)/add/(?P<by>file|signals)/$", references.add, name="add_reference"),
    path("banks/<slug:name>/<uuid:key>/", references.reference, name="reference"),
    path("banks/<slug:name>/<uuid:key>/remove/", references.remove, name="remove_reference"),
    path("banks/<slug:name>/<uuid:key>/restore/", references.restore, name="restore_reference"),
]
