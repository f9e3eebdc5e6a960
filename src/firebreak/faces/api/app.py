"""The API itself, with all its routers."""

from __future__ import annotations

from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from firebreak import __version__
from firebreak.faces.api import problems, routers
from firebreak.faces.api.docs import Docs
from firebreak.faces.api.openapi import completed

DESCRIPTION: Final = """
Ask before you publish: `POST /scans` answers whether an upload shows known terrorist or violent extremist content.

Every request carries `Authorization: Bearer fbt_...`; a token has scopes, and each route says which it needs. Errors
are problem details (RFC 9457) that name the field and what to do. Every answer has an `X-Request-ID`: yours, if you
sent one. Answers 429 and 503 say in `Retry-After` when to come back.
"""


class Api(NinjaAPI):
    """django-ninja's API, whose description says which scope a route needs and how it tells problems."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        return completed(super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params), self)


def make() -> Api:
    """Return an API with all routers."""
    api = Api(
        title="Firebreak",
        version=__version__,
        description=DESCRIPTION,
        docs=Docs(),
        urls_namespace="api-1",
    )
    problems.tell(api)
    for tag, path in routers.ROUTERS:
        api.add_router("", routers.load(path), tags=[tag])
    return api


api = make()
