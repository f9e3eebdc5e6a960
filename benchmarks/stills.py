"""What a still costs: processor time of scanner and decoder; pictures at and over the limit; memory of idle decoders.

`python -m benchmarks.stills [--codes N] [--json FILE]`. One core for everything; a JPEG of 1280 x 720 pixels and about
220 KB, in all eight orientations, against a bank of a million codes that resemble nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import struct
import tempfile
import time
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from firebreak.engine import Bank, DecoderPool, Scanner
from firebreak.engine.banks.reference import Reference
from firebreak.engine.kernels import compile_all
from firebreak.engine.matching.evidence import MATCH_RADIUS
from firebreak.engine.media.sandbox.rlimits import processor_time
from tests import media

ROUNDS, SCANS = 7, 30


def photograph(size: tuple[int, int], most: int) -> bytes:
    """Return a grainy JPEG, of the best quality that takes at most so many bytes."""
    drawn = np.asarray(media.still(7, size).convert("RGB")).astype(np.int16)
    grain = np.random.default_rng(0).normal(0, 7, drawn.shape)
    picture = Image.fromarray(np.clip(drawn + grain, 0, 255).astype(np.uint8))
    for quality in range(95, 40, -1):
        saved = io.BytesIO()
        picture.save(saved, "JPEG", quality=quality)
        if saved.tell() <= most:
            break
    return saved.getvalue()


def strangers(codes: int, path: Path) -> Bank:
    """Return a bank, mapped from a file, of codes that resemble nothing, a thousand to a reference."""
    rng, bank = np.random.default_rng(0), Bank("known")
    for i in range(codes // 1000):
        bank.add(Reference(f"r{i}", "video", 1000.0), np.arange(1000.0), rng.integers(0, 2**64, (1000, 4), np.uint64))
    bank.save(path)
    return Bank.load(path)


def decoder_of(pool: DecoderPool, path: Path) -> psutil.Process:
    """Return the decoder's process, once it has read a file."""
    with pool.open(path) as source:
        list(source.frames())
    (child,) = psutil.Process().children()
    return child


def scanning(pool: DecoderPool, bank: Bank, path: Path) -> dict[str, float]:
    """Return the processor time (ms) of a scan in the best of some rounds, and that of its search alone."""
    scanner, child = Scanner(bank, pool=pool), decoder_of(pool, path).pid
    rounds = []
    for _ in range(ROUNDS):
        before = time.process_time(), processor_time(child)
        for _ in range(SCANS):
            assert scanner.scan(path).verdict == "allow"
        rounds.append((time.process_time() - before[0], processor_time(child) - before[1]))
    parent, decoder = min(rounds, key=sum)
    spent = {"scanner": parent, "decoder": decoder, "both": parent + decoder, "search alone": searching(bank)}
    return {f"{name} ms": round(seconds * 1000 / SCANS, 2) for name, seconds in spent.items()}


def searching(bank: Bank) -> float:
    """Return the processor time (s) of as many searches as there are scans in a round."""
    codes = np.random.default_rng(1).integers(0, 2**64, (8, 4), np.uint64)
    bank.search(codes, MATCH_RADIUS)
    before = time.process_time()
    for _ in range(SCANS):
        bank.search(codes, MATCH_RADIUS)
    return time.process_time() - before


def giant(side: int) -> bytes:
    """Return a grey PNG of so many pixels a side, which packs to next to nothing."""
    ramp = (np.sin(np.arange(side) / side * 40) * 100 + 120).astype(np.uint8)
    packing = zlib.compressobj(6)
    rows = [packing.compress(b"\0" + np.roll(ramp, y // 50).tobytes()) for y in range(side)]
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", b"".join(rows) + packing.flush()), (b"IEND", b"")
    packed = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def giants(folder: Path) -> list[dict[str, Any]]:
    """Scan pictures at the limit and far over it, each by a fresh decoder."""
    rows = []
    for side in (8192, 13_000, 30_000):
        path = folder / "giant.png"
        path.write_bytes(giant(side))
        with DecoderPool() as pool:
            child = decoder_of(pool, folder / "still.jpg")
            scan = Scanner(Bank("empty"), pool=pool).scan(path)
            peak = _kilobytes(Path(f"/proc/{child.pid}/status"), "VmHWM")
        rows.append(
            {"side": side, "ms": scan.ms, "decoder's peak MiB": peak // 1024, "answer": scan.error or scan.verdict}
        )
    return rows


def idle(decoders: int, path: Path) -> dict[str, float]:
    """Return the memory of decoders that have opened a file and wait; what they share is divided among them."""
    with DecoderPool(decoders) as pool, ExitStack() as opened:
        for _ in range(decoders):
            opened.enter_context(pool.open(path))
        children = psutil.Process().children()
        pss = [_kilobytes(Path(f"/proc/{child.pid}/smaps_rollup"), "Pss") for child in children]
    return {"decoders": len(children), "MiB each": round(statistics.mean(pss) / 1024, 1)}


def _kilobytes(path: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(f"{name}:"))


def main() -> None:
    """Run, print, and write JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, default=1_000_000, help="how many codes the bank has")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    compile_all()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "still.jpg")
        path.write_bytes(photograph((1280, 720), 230_000))
        with DecoderPool(files_per_child=10_000) as pool:
            told: dict[str, Any] = {"scan": scanning(pool, strangers(asked.codes, Path(folder, "known.bank")), path)}
        told |= {"giants": giants(Path(folder)), "idle": [idle(1, path), idle(2, path)]}
    print(json.dumps(told, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
