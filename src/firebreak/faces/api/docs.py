"""The page that documents the API: Swagger UI from our own static files, under a policy that lets nothing else in."""

from __future__ import annotations

import json
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.html import format_html
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

# Images from `data:` are the page's own icons.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{css}">
<link rel="icon" href="data:,">
</head>
<body>
<script type="application/json" id="swagger-settings">{settings}</script>
<main id="swagger-ui"></main>
<script src="{bundle}"></script>
<script src="{init}"></script>
</body>
</html>
"""


class Docs(DocsBase):
    """Renders the page without templates, so that it stands whatever the site's are."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        settings = {"url": self.get_openapi_url(api, kwargs), "layout": "BaseLayout", "deepLinking": True}
        page = format_html(
            _PAGE,
            title=api.title,
            settings=_script_safe(settings),
            css=static("ninja/swagger-ui.css"),
            bundle=static("ninja/swagger-ui-bundle.js"),
            init=static("ninja/swagger-ui-init.js"),
        )
        return HttpResponse(page, headers={"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"})


class _Raw(str):
    """JSON that stands in a script element, where entities are not read."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def _script_safe(value: object) -> _Raw:
    return _Raw(json.dumps(value).replace("<", "\\u003c"))
