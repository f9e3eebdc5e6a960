"""Logs: one JSON object a line on standard error, with the request's id; plain lines where a person watches."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET: Final = ("password", "secret", "token", "authorization", "cookie", "key", "database_url")
_QUIET: Final = ("procrastinate", "httpx", "httpcore", "PIL", "numba", "asyncio", "_granian", "django")


def configure(level: str) -> None:
    """Send what Firebreak and its libraries log to standard error, in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        conceal,
    ]
    end: Processor = structlog.processors.JSONRenderer(default=str)
    if sys.stderr.isatty():
        end = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            end,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_is_news)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def conceal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blot out values whose name says that they are secret, at any depth of a mapping."""
    return {name: _concealed(name, value) for name, value in event.items()}


def _concealed(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {inner: _concealed(str(inner), of) for inner, of in value.items()}
    lower = name.lower()
    if isinstance(value, str) and any(lower == word or lower.endswith("_" + word) for word in _SECRET):
        return "***"
    return value


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what Django says of every refused request: the access log says it, with more sense."""
    return record.name not in {"django.request", "django.security"} or bool(record.exc_info)
