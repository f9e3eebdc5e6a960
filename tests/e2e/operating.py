"""What an operator does with a running server, and patience."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from typing import Final

import httpx

from tests import server as servers

PATIENCE: Final = 90.0  # a busy machine


def until(what: Callable[[], object]) -> None:
    """Wait for something to be so."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come to be in time"
        time.sleep(0.05)


def environment() -> dict[str, str]:
    """Return the environment of somebody who runs no tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("FIREBREAK_", "DJANGO_"))}


def operator(server: servers.Server) -> httpx.Client:
    """Return the API with a token that manages endpoints, made as the documentation says."""
    command = [str(servers.COMMAND), "token", "create", "--name", "endpoints", "--data", str(server.data), "--json"]
    scopes = ["--scope", "delivery:read", "--scope", "delivery:write"]
    ran = subprocess.run([*command, *scopes], capture_output=True, text=True, env=environment())
    assert ran.returncode == 0, ran.stderr
    headers = {"Authorization": f"Bearer {json.loads(ran.stdout)['token']}"}
    return httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=30)
