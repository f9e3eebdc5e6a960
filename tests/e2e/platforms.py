"""Serves the documentation's examples as platforms: `python platforms.py django|fastapi FILE PORT`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any
from wsgiref.simple_server import make_server


def load(file: str) -> Any:
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def serve_django(file: str, port: int) -> None:
    from django.conf import settings  # noqa: PLC0415 - one platform needs not the other's framework
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    settings.configure(ROOT_URLCONF=Path(file).stem, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="of-the-platform")
    load(file)
    with make_server("127.0.0.1", port, get_wsgi_application()) as server:
        server.serve_forever()


def serve_fastapi(file: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415

    uvicorn.run(load(file).app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    {"django": serve_django, "fastapi": serve_fastapi}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
