"""From banked to matched, and from removed to matched no longer, in every process, under load.

`python -m benchmarks.gate.spread [--changes 1000]`: two web and two worker processes, scans and look-ups going on.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.gate import material
from tests import server as real
from tests.e2e.spreading import PROCESSES, Spreading, picture


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gate.spread", description="How soon all processes know."
    )
    parser.add_argument("--changes", type=int, default=1000)
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as made,
        real.folder() as data,
        real.running(data / "data", FIREBREAK_EXAMPLE="no", **PROCESSES) as server,
    ):
        spreading = Spreading(server)
        try:
            with _load(server):
                _web(spreading, asked.changes)
                _workers(spreading, Path(made), max(1, asked.changes // 50))
        finally:
            spreading.close()


def _web(spreading: Spreading, changes: int) -> None:
    took: list[float] = []
    for _ in range(-(-changes // 2)):
        reference, code = spreading.add()
        took += spreading.web_knows(code, known=True).values()
        spreading.remove(reference)
        took += spreading.web_knows(code, known=False).values()
    print({"what": "changes in two web processes", "changes": changes, "missed": 0} | _quantiles(took), flush=True)


def _workers(spreading: Spreading, folder: Path, changes: int) -> None:
    """A worker is asked by a scan that is queued as soon as the change is committed."""
    for number in range(changes):
        file = picture(folder, 1000 + number)
        reference = spreading.add_file(file)
        assert set(spreading.workers_verdict(file).values()) == {"block"}
        spreading.remove(reference)
        assert set(spreading.workers_verdict(file).values()) == {"allow"}
    print({"what": "changes in two workers, by their first scan after each", "changes": 2 * changes, "missed": 0})


@contextmanager
def _load(server: real.Server) -> Iterator[None]:
    """Scan and look up all the while."""
    stop, jpeg = threading.Event(), material.jpeg(7)
    hashes = material.asked(material.codes(100), 100)

    def scan() -> None:
        with server.client() as client:
            while not stop.wait(0.02):
                client.post("/api/v1/scans", files={"file": ("a.jpg", jpeg, "image/jpeg")})

    def look_up() -> None:
        with server.client() as client:
            while not stop.wait(0.005):
                client.get("/api/v1/lookups", params={"kind": "pdq", "value": hashes[time.monotonic_ns() % 100]})

    threads = [threading.Thread(target=work) for work in (scan, look_up)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _quantiles(took: list[float]) -> dict[str, float]:
    return {f"p{p} s": round(float(np.quantile(took, p / 100)), 4) for p in (50, 95, 99, 100)}


if __name__ == "__main__":
    main()
