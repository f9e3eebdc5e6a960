"""wrk as a function: requests of one kind, sent by so many clients for so many seconds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_REPORT = """
done = function(summary, latency, requests)
  io.write("JSON" .. string.format(
    '{"requests": %d, "seconds": %.3f, "p50": %.3f, "p95": %.3f, "p99": %.3f, "errors": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.status + summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: requests a second, milliseconds, and how many were not answered with 2xx or 3xx."""

    rate: float
    p50: float
    p95: float
    p99: float
    errors: int


def gets(paths: Sequence[str], token: str) -> str:
    """Return a script that asks for one path after the other."""
    listed = ",".join(json.dumps(path) for path in paths)
    return (
        _headers(token)
        + f"""
local paths, n = {{{listed}}}, 0
request = function()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
"""
    )


def posts(path: str, bodies: Sequence[Path], content_type: str, token: str) -> str:
    """Return a script that posts one file's bytes after the other."""
    listed = ",".join(json.dumps(str(body)) for body in bodies)
    return (
        _headers(token)
        + f"""
wrk.headers["Content-Type"] = {json.dumps(content_type)}
local bodies, n = {{}}, 0
for _, name in ipairs({{{listed}}}) do
  local file = io.open(name, "rb")
  bodies[#bodies + 1] = file:read("*a")
  file:close()
end
request = function()
  n = n % #bodies + 1
  return wrk.format("POST", {json.dumps(path)}, nil, bodies[n])
end
"""
    )


def run(url: str, script: str, folder: Path, *, clients: int, seconds: float, cores: str) -> Load:
    """Send requests and return what came of it."""
    file = folder / "load.lua"
    file.write_text(script + _REPORT)
    command = ["taskset", "-c", cores, "wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--timeout", "30s"]
    ran = subprocess.run([*command, "-s", str(file), url], capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout.split("JSON", 1)[1].splitlines()[0])
    return Load(told["requests"] / told["seconds"], told["p50"], told["p95"], told["p99"], told["errors"])


def _headers(token: str) -> str:
    return f'wrk.headers["Authorization"] = "Bearer {token}"\n'
