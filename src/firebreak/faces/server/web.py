"""A web process: Granian's HTTP engine around Django, in a process that the supervisor forked.

The engine reads requests on threads of its own, outside of Python; bodies reach the application piece by piece as it
reads them. Its worker is used without its own process manager, which could not share what is loaded already: that is
no documented interface, so its version is pinned and a test starts the real thing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

from firebreak.faces.server.listening import BACKLOG
from firebreak.faces.site.database import use_pool
from firebreak.records.banks import library
from firebreak.records.common import background

# By name, because what Granian tells type checkers of these is not what they are.
_engine: Any = import_module("granian._granian")
_signals: Any = import_module("granian._signals")
_futures: Any = import_module("granian._futures")
_http: Any = import_module("granian.http")
_wsgi: Any = import_module("granian.wsgi")
_NO_TLS: Final[tuple[object, ...]] = (False, None, None, None, "tls1.3", None, [], False)
_IDLE_SECONDS: Final = 30
_WAITING: Final = 512  # requests that may wait for a thread; those beyond wait in the kernel
_LIBRARY_SECONDS: Final = 3.0
_STOP_SECONDS: Final = 5.0


def serve(listening: socket.socket, *, threads: int) -> None:
    """Answer requests until SIGTERM, and then those that have begun."""
    from firebreak.faces.site.wsgi import application  # noqa: PLC0415 - Django is set up by now

    use_pool(max(4, threads // 2))
    running = background.start(background.Process.WEB)
    _await_library()
    _serve(application, listening, threads)
    running.end(_STOP_SECONDS)


def _await_library() -> None:
    """Let callers wait in the kernel rather than be refused while the banks are read, which seldom takes a second.

    Where it takes longer, or the database is away, they are answered, and told so.
    """
    until = time.monotonic() + _LIBRARY_SECONDS
    while not library.ready() and time.monotonic() < until:
        time.sleep(0.01)


def _serve(application: WSGIHandler, listening: socket.socket, threads: int) -> None:
    ended = threading.Event()
    asked = _signals.set_sync_signals()
    asked.add_cb(ended.set)
    holder = _engine.SocketHolder(os.dup(listening.fileno()), listening.family == socket.AF_UNIX, BACKLOG)
    worker = _engine.WSGIWorker(
        1, (None, holder), None, 1, 4, threads, _IDLE_SECONDS, _WAITING, "1", _http.HTTP1Settings(), None, None,
        *_NO_TLS, (None, None),
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    scheduler = _futures._new_cbscheduler(loop, _answerer(application), impl_asyncio=True)  # noqa: SLF001
    worker.serve_mtr(scheduler, loop, asked)
    ended.wait()


def _answerer(application: WSGIHandler) -> Callable[[Any, dict[str, Any]], int]:
    """Return what the engine calls with each request; the process's own environment, with its secrets, stays out."""
    common = {
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }

    def answer(engine: Any, scope: dict[str, Any]) -> int:
        told: list[tuple[str, str]] = []

        def start(_: str, headers: list[tuple[str, str]], __: object = None) -> Callable[[bytes], object]:
            told.extend(headers)
            return _refuse

        response = application(common | scope, start)
        if isinstance(response, HttpResponse):
            try:
                engine.response_bytes(response.status_code, told, response.content)
            finally:
                response.close()
        else:
            engine.response_iter(response.status_code, told, _wsgi.ResponseIterWrap(response))
        return int(response.status_code)

    return answer


def _refuse(_: bytes) -> object:
    raise NotImplementedError("Django does not write this way")
