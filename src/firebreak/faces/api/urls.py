"""The addresses under /api/v1/."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from firebreak.faces.api.app import api
from firebreak.faces.api.problems import general


@csrf_exempt  # bearer tokens are not sent by browsers of their own accord
def nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing at an address."""
    return general(404, request)


urlpatterns = [path("", api.urls), re_path("", nothing)]
