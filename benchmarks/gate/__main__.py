"""The upload gate under load, beside what Hasher-Matcher-Actioner was measured to reach.

`python -m benchmarks.gate [--signals N ...] [--core N] [--seconds S] [--json FILE]`. Server, database and the load
share one core, as they did when HMA was measured. Needs wrk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.gate import load, material, peer
from tests import server as real

# What protects a server from its callers would only measure itself here.
SETTINGS = {"FIREBREAK_RATE_LIMIT": "100000", "FIREBREAK_LOG_LEVEL": "warning"}
CLIENTS = (1, 8)


class Bench:
    """One running server, its folder and what was measured so far."""

    def __init__(self, server: real.Server, folder: Path, core: str, seconds: float) -> None:
        self.server, self.folder, self.core, self.seconds = server, folder, core, seconds
        self.client = server.client()
        self.rows: list[dict[str, Any]] = []

    def tell(self, what: str, **figures: Any) -> None:
        row = {"what": what} | {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
        self.rows.append(row)
        print(row, flush=True)

    def load(self, what: str, script: str, signals: int, clients: int, per_request: int = 1) -> None:
        """Run one load and tell it, with its ratio to the peer where there is one."""
        at = load.run(self.server.url, script, self.folder, clients=clients, seconds=self.seconds, cores=self.core)
        theirs = peer.RATES.get((what, signals, clients))
        ratio = {"times HMA": at.rate / theirs} if theirs else {}
        figures = asdict(at) | {"rate": at.rate * per_request}
        self.tell(what, signals=signals, clients=clients, **figures, **ratio)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description="The upload gate under load.")
    parser.add_argument("--signals", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--core", default="0", help="the core that server, database and load share; 0,1 for two")
    parser.add_argument("--seconds", type=float, default=6.0, help="for each load")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is missing: apt-get install wrk")
    os.sched_setaffinity(0, {int(core) for core in asked.core.split(",")})
    with (
        tempfile.TemporaryDirectory(prefix="firebreak-bench-") as made,
        real.folder() as data,
        real.running(data / "data", **SETTINGS) as server,
    ):
        bench = Bench(server, Path(made), asked.core, asked.seconds)
        for signals in asked.signals:
            at_size(bench, signals)
        beside_a_giant(bench)
        clips(bench)
        memory(bench)
    if asked.json:
        asked.json.write_text(json.dumps(bench.rows, indent=1))


def at_size(bench: Bench, signals: int) -> None:
    """Know so many signals, then look up and scan."""
    known = material.codes(signals)
    banked(bench, known)
    token, folder = bench.server.token, bench.folder
    hashes = material.asked(known, 4000)
    single = load.gets([f"/api/v1/lookups?kind=pdq&value={value}" for value in hashes], token)
    bodies = [material.batch(folder / f"batch{i}", hashes[i : i + 1000]) for i in range(0, 4000, 1000)]
    batches = load.posts("/api/v1/lookups", bodies, "application/json", token)
    pictures = [material.form(folder / f"jpeg{i}", material.jpeg(100 + i), "a.jpg", "image/jpeg") for i in range(8)]
    scans = load.posts("/api/v1/scans", pictures, material.MULTIPART, token)
    for clients in CLIENTS:
        bench.load("lookup", single, signals, clients)
    bench.load("lookups, 1,000 a call", batches, signals, 1, per_request=1000)
    for clients in CLIENTS:
        bench.load("jpeg", scans, signals, clients)


def banked(bench: Bench, known: NDArray[np.uint8]) -> None:
    """Import signals into a bank of their own, and wait until every process matches the last; look-ups go on."""
    name, file = material.unique("load"), bench.folder / "codes.csv"
    material.write_codes(file, known)
    bench.client.post("/api/v1/banks", json={"name": name}).raise_for_status()
    with looking_up(bench, material.asked(known, 200)) as others:
        started = time.perf_counter()
        with file.open("rb") as content:
            sent = bench.client.post(f"/api/v1/banks/{name}/import", files={"file": ("codes.csv", content)})
        sent.raise_for_status()
        while (state := bench.client.get(f"/api/v1/imports/{sent.json()['id']}").json())["status"] != "done":
            if state["status"] == "failed":
                raise SystemExit(f"the import failed: {state}")
            time.sleep(0.1)
        took = time.perf_counter() - started
    rate = len(known) / took
    bench.tell("import", signals=len(known), rate=rate, seconds=took, **{"times HMA": rate / peer.IMPORT}, **others)
    last = known[-1].tobytes().hex()
    while not bench.client.get("/api/v1/lookups", params={"kind": "pdq", "value": last}).json()["matches"]:
        time.sleep(0.02)
    bench.tell("imported to matched", seconds=time.perf_counter() - started - took)


@contextmanager
def looking_up(bench: Bench, hashes: list[str], pause: float = 0.05) -> Iterator[dict[str, Any]]:
    """Ask for one hash after the other meanwhile; what is yielded has the latencies (ms) and errors afterwards."""
    told: dict[str, Any] = {}
    times: list[float] = []
    failed, stop = 0, threading.Event()

    def ask() -> None:
        nonlocal failed
        with bench.server.client() as client:
            while not stop.wait(pause):
                started = time.perf_counter()
                answer = client.get(
                    "/api/v1/lookups", params={"kind": "pdq", "value": hashes[len(times) % len(hashes)]}
                )
                times.append((time.perf_counter() - started) * 1000)
                failed += answer.status_code != httpx.codes.OK

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()
        told |= {f"lookup p{p} ms": quantile(times, p / 100) for p in (50, 99)} | {"errors": failed}


def beside_a_giant(bench: Bench) -> None:
    """Send a 13000 x 13000 PNG while others look signals up."""
    png = material.giant_png()
    with looking_up(bench, material.asked(material.codes(100), 200), 0.01) as others:
        time.sleep(1)
        started = time.perf_counter()
        answer = bench.client.post("/api/v1/scans", files={"file": ("giant.png", png, "image/png")})
        took = time.perf_counter() - started
        time.sleep(1)
    told = answer.json()
    ratio = peer.GIANT_PNG / took
    bench.tell("giant png", seconds=took, status=answer.status_code, says=told.get("error"), **others, times_HMA=ratio)


def clips(bench: Bench, count: int = 20) -> None:
    """Scan ten-second clips, one after the other."""
    times = []
    for number in range(count):
        path = material.clip(bench.folder / f"clip{number}.mp4", 500 + number)
        started = time.perf_counter()
        answer = bench.client.post("/api/v1/scans", files={"file": (path.name, path.read_bytes(), "video/mp4")})
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == httpx.codes.OK, answer.text
    bench.tell("10 s clip, 720p", p50=statistics.median(times), p95=quantile(times, 0.95), p99=quantile(times, 0.99))


def memory(bench: Bench) -> None:
    """Tell what the whole tree holds, shared pages counted once (MB)."""
    tree = [(process, process.memory_full_info()) for process in bench.server.tree()]
    for process, held in tree:
        name = " ".join(process.cmdline()[-3:])[:50]
        bench.tell("memory of a process", name=name, pss_mb=held.pss / 1e6, rss_mb=held.rss / 1e6)
    bench.tell("memory of the tree", pss_mb=sum(held.pss for _, held in tree) / 1e6, processes=len(tree))


def quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else float("nan")


if __name__ == "__main__":
    main()
