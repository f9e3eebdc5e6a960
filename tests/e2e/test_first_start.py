"""A first start that is killed half-way is finished by the next; nobody is locked out."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests import server as servers


@pytest.mark.parametrize("until", ["postgresql", "example/copy.mp4", "first-start.json"])
def test_one_that_was_killed_is_finished_by_the_next(data: Path, until: str) -> None:
    """`until` is what is there when it is killed."""
    command = [str(servers.COMMAND), "run", "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=servers.environment()
    ) as first:
        _await(data / until)
        first.kill()
    with servers.running(data) as second:
        assert httpx.get(f"{second.url}/api/v1/banks", headers=second.headers).status_code == 200
        assert len(second.commands) == 3
        assert not (data / "first-start.json").exists()


def _await(path: Path) -> None:
    until = time.monotonic() + servers.START_SECONDS
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not come"
        time.sleep(0.005)
