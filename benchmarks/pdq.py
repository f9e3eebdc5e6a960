"""PDQ of one picture beside `pdqhash`, which wraps the reference implementation, on one core.

`python -m benchmarks.pdq [--json FILE]`. Each gets what it asks for: ours a luma plane, as decoders hand out, theirs
RGB. Both see the same grey picture, and the codes are checked against each other first. Where the tests' stills are
at hand, it also counts how far the codes of turned and mirrored pictures are off.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pdqhash

from firebreak.engine.signals import pdq
from tests.engine.signals.pictures import PACKAGE, TURNS, Plane, bits_apart, distance, mosaic, peer, stills

SIZES = {"512 x 512": (512, 512), "1280 x 720": (720, 1280), "1920 x 1080": (1080, 1920)}
SECONDS = 0.15


def timed(work: Callable[[], Any]) -> float:
    """Return the milliseconds of one call, out of as many as take `SECONDS`."""
    work()
    calls, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < SECONDS:
        work()
        calls += 1
    return elapsed / calls * 1000


def beside(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Time both by turns, so that a busy machine slows down both, and take the medians."""
    pairs = [(timed(ours), timed(theirs)) for _ in range(rounds)]
    our_ms, their_ms = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "firebreak ms": round(our_ms, 3),
        "pdqhash ms": round(their_ms, 2),
        "times faster": round(their_ms / our_ms, 1),
    }


def compared(size: str, luma: Plane, rounds: int) -> list[dict[str, Any]]:
    """Time the code of a picture, and the codes of its eight orientations."""
    rgb = np.repeat(luma[:, :, None], 3, axis=2)
    expected, _ = peer(luma)
    assert bits_apart(pdq.to_hex(pdq.hash_luma(luma)[0]), expected) <= 2
    return [
        {"size": size, "codes": 1, **beside(lambda: pdq.hash_luma(luma), lambda: pdqhash.compute(rgb), rounds)},
        {
            "size": size,
            "codes": 8,
            **beside(lambda: pdq.hash_dihedral(luma), lambda: pdqhash.compute_dihedral(rgb), rounds),
        },
    ]


def off_by() -> dict[str, Any]:
    """Return how many bits the worst of a still's eight codes lies from the code of the turned pixels."""
    ours, theirs = [], []
    for still in stills():
        luma = np.asarray(still.convert("L"))
        bits, quality = pdqhash.compute_dihedral(np.asarray(still))
        if quality < 80:
            continue
        own, _ = pdq.hash_dihedral(luma)
        true = [pdq.hash_luma(turn(luma))[0] for turn in TURNS.values()]
        ours.append(max(distance(a, b) for a, b in zip(own, true, strict=True)))
        derived = [pdq.from_hex(np.packbits(code).tobytes().hex()) for code in bits]
        theirs.append(max(distance(a, b) for a, b in zip(derived, true, strict=True)))
    return {
        "stills": len(ours),
        "firebreak": {"median": int(np.median(ours)), "max": max(ours)},
        "pdqhash": {"median": int(np.median(theirs)), "max": max(theirs)},
    }


def main() -> None:
    """Run, print, and write JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="how often to time each; the median counts")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rows = [row for size, shape in SIZES.items() for row in compared(size, mosaic(size, *shape), asked.rounds)]
    for row in rows:
        print(row)
    told: dict[str, Any] = {"speed": rows}
    if PACKAGE.exists():
        told["variants off by bits"] = off_by()
        print("variants off by bits:", told["variants off by bits"])
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
