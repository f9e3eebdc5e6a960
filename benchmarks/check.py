"""A 60 s 720p video, from file to answer, beside `vpdq.computeHash` at one hash a second; and false matches.

`python -m benchmarks.check [--media DIR] [--json FILE]`. One core for both: the scanner's parent and decoder share it.
vPDQ's time is hashing alone, without any search; the scanner's is hashing, search and alignment in a bank of a thousand
reference-minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import vpdq

from firebreak.engine import Bank, DecoderPool, Scanner
from firebreak.engine.banks.reference import Reference
from firebreak.engine.fingerprint import fingerprint
from firebreak.engine.inspection import MAX_GAP
from firebreak.engine.kernels import compile_all
from tests import media

FILLER_MINUTES = 1000


def timed(work: Callable[[], Any], repeats: int = 5) -> float:
    """Return the median of some runs in seconds."""
    took = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def filled_bank(pool: DecoderPool, reference: Path) -> Bank:
    """Return a bank of one real reference among a thousand minutes of random codes."""
    bank = Bank("known")
    rng = np.random.default_rng(0)
    for minute in range(FILLER_MINUTES):
        codes = rng.integers(0, 2**64, (240, 4), np.uint64)
        bank.add(Reference(f"filler-{minute}", "video", 60.0), np.arange(240) / 4, codes)
    print_ = fingerprint(reference, pool)
    usable = print_.usable()
    bank.add(Reference("reference", "video", 60.0, print_.sha256), print_.times[usable], print_.codes[usable])
    return bank


def sparse(pool: DecoderPool, path: Path) -> int:
    """Decode what the first look decodes, and do nothing with it."""
    with pool.open(path) as source:
        return sum(1 for _ in source.sparse_frames(MAX_GAP))


def speed(folder: Path) -> list[dict[str, Any]]:
    """Time the scanner and vPDQ on uploads with frequent and with rare keyframes, copies and others."""
    reference = media.write_video(folder / "reference.mp4", 60, size=(1280, 720), fps=30, seed=1, crf=23)
    rows = []
    with DecoderPool() as pool:
        scanner = Scanner(filled_bank(pool, reference), pool=pool)
        for keyint, seed in itertools.product((60, 250), (1, 2)):
            upload = folder / f"upload-{keyint}-{seed}.mp4"
            source = (
                reference if seed == 1 else media.write_video(folder / "o.mp4", 60, size=(1280, 720), fps=30, seed=2)
            )
            media.reencode(source, upload, keyint=keyint, crf=23)
            scan = scanner.scan(upload)
            assert scan.verdict == ("block" if seed == 1 else "allow"), scan
            ours = timed(partial(scanner.scan, upload))
            decoding = timed(partial(sparse, pool, upload))
            theirs = timed(partial(vpdq.computeHash, upload, seconds_per_hash=1, thread_count=1), 3)
            rows.append(
                {
                    "upload": "copy" if seed == 1 else "other",
                    "keyframe every": f"{keyint} frames",
                    "check ms": round(ours * 1000),
                    "first look, decoding alone ms": round(decoding * 1000),
                    "vpdq ms": round(theirs * 1000),
                    "times faster": round(theirs / ours, 1),
                }
            )
    return rows


def false_matches(folder: Path) -> dict[str, Any]:
    """Check every file of a folder against all the others."""
    paths = sorted(p for p in folder.iterdir() if p.suffix in {".mp4", ".webm", ".mkv"})
    with DecoderPool() as pool:
        bank = Bank("footage")
        for path in paths:
            print_ = fingerprint(path, pool)
            usable = print_.usable()
            bank.add(Reference(path.name, "video", print_.duration), print_.times[usable], print_.codes[usable])
        scanner = Scanner(bank, pool=pool)
        found = [
            {"file": path.name, "reference": finding.reference, "confidence": finding.confidence}
            for path in paths
            for finding in scanner.scan(path).findings
            if finding.reference != path.name
        ]
        itself = sum(path.name in {f.reference for f in scanner.scan(path).findings} for path in paths)
    return {
        "files": len(paths),
        "pairs": len(paths) * (len(paths) - 1),
        "find themselves": itself,
        "other findings": found,
    }


def main() -> None:
    """Run, print, and write JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=Path, help="a folder of footage to check against itself")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        told: dict[str, Any] = {"speed": speed(Path(folder))}
    for row in told["speed"]:
        print(row)
    if asked.media:
        told["false matches"] = false_matches(asked.media)
        print(json.dumps(told["false matches"], indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
