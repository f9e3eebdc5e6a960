"""Which requests are the console's. Others (API, probes, metrics) pay nothing for sessions, cookies or languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django_htmx.middleware import HtmxMiddleware

from firebreak.faces.console.shell.headers import HeadersMiddleware
from firebreak.faces.console.shell.language import LanguageMiddleware
from firebreak.faces.console.shell.uploads import WeightMiddleware

OUTSIDE: Final = ("/api/", "/healthz", "/readyz", "/metrics")

Respond = Callable[[HttpRequest], HttpResponseBase]
Hook = Callable[..., Any]


def is_console(request: HttpRequest) -> bool:
    """Tell whether a request is for a page, not for a program."""
    return not request.path_info.startswith(OUTSIDE)


class _Scoped:
    """A middleware that steps aside for everything but the console."""

    def __init__(self, middleware: Callable[[Any], Any], respond: Respond) -> None:
        self._respond = respond
        self._inner = middleware(respond)
        for hook in ("process_view", "process_exception", "process_template_response"):
            if inner := getattr(self._inner, hook, None):
                setattr(self, hook, self._only_console(inner))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = (self._inner if is_console(request) else self._respond)(request)
        return answer

    @staticmethod
    def _only_console(hook: Hook) -> Hook:
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return hook(request, *args, **kwargs) if is_console(request) else None

        return scoped


def _console(middleware: Callable[[Any], Any]) -> Callable[[Respond], _Scoped]:
    def build(respond: Respond) -> _Scoped:
        return _Scoped(middleware, respond)

    return build


headers = _console(HeadersMiddleware)
sessions = _console(SessionMiddleware)
csrf = _console(CsrfViewMiddleware)
authentication = _console(AuthenticationMiddleware)
language = _console(LanguageMiddleware)
messages = _console(MessageMiddleware)
htmx = _console(HtmxMiddleware)
weight = _console(WeightMiddleware)
