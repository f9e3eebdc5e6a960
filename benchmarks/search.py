"""Exact search beside `faiss`, on one core.

`python -m benchmarks.search [--codes N ...] [--json FILE]`. Queries are copies of codes with 0 to 100 bits flipped.
Every answer is compared with the one of faiss's flat index before times are taken; of its two exact indexes the
faster one counts (`IndexBinaryMultiHash`, 16 tables of 16 bits and 1 flip, is exact up to radius 31 only).
`--calibrate` prints the constants of `firebreak.engine.matching.cost` instead.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from firebreak.engine.library.build import build
from firebreak.engine.library.changes import Signals, codes_of
from firebreak.engine.library.library import Library
from firebreak.engine.matching.cost import flips_allowed, probes
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.index import HammingIndex
from firebreak.engine.matching.multi_index import Plan, Tables
from firebreak.engine.matching.scan import scan
from firebreak.engine.matching.sorted_tables import SortedTables

Codes = NDArray[np.uint64]
ASKED = [(queries, radius) for queries in (1, 30, 1000) for radius in (31, 80)]
TARGET = 0.22  # ns a pair, in batches
BUDGETS = (40, 71)  # bytes a code: one small table, or sorted tables for the customary radius
ROUNDS, SECONDS = 7, 10.0
# A radius for which a scan begins at that level, and how many columns it reads then.
LEVELS = (("OR_OF_TWO", 20, 2), ("OR_OF_THREE", 38, 3), ("OR_OF_FOUR", 47, 4), ("OR_OF_PAIRS", 60, 4), ("EXACT", 80, 4))


def made(count: int, queries: int, seed: int = 1) -> tuple[Codes, Codes]:
    """Return codes `(count, 4)` and queries `(queries, 4)` near some of them."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2**64, (count, 4), np.uint64)
    flipped = np.argsort(rng.random((queries, 256)), axis=1) < rng.integers(0, 101, (queries, 1))
    noise = np.packbits(flipped, axis=1, bitorder="little").view(np.uint64)
    return codes, codes[rng.integers(0, count, queries)] ^ noise


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def beside(works: list[Callable[[], Any]]) -> list[float]:
    """Time each by turns, so that a busy machine slows down all, until `ROUNDS` or `SECONDS`; return the medians."""
    for work in works:
        work()
    rounds: list[list[float]] = []
    while len(rounds) < ROUNDS and sum(map(sum, rounds)) < SECONDS:
        rounds.append([seconds(work) for work in works])
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def told(found: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> Hits:
    """Return what faiss found in our form."""
    limits, distances, labels = found
    query = np.repeat(np.arange(len(limits) - 1, dtype=np.int32), np.diff(limits).astype(np.int64))
    return Hits.merged([Hits(query, labels.astype(np.uint32), distances.astype(np.uint16))])


def same(ours: Hits, theirs: Hits) -> bool:
    return all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("query", "key", "distance"))


def compared(codes: Codes, queries: Codes, multi_hash: bool) -> list[dict[str, Any]]:
    """Time all that is `ASKED` of our index, small and large, and of faiss's."""
    keys, code_bytes = np.arange(len(codes), dtype=np.uint32), codes.view(np.uint8)
    indexes = [HammingIndex(bytes_per_code=budget) for budget in BUDGETS]
    for index in indexes:
        index.add(codes, keys)
        index.compact()
    flat, hashed = faiss.IndexBinaryFlat(256), faiss.IndexBinaryMultiHash(256, 16, 16)
    flat.add(code_bytes)
    hashed.nflip = 1
    if multi_hash:
        hashed.add(code_bytes)
    rows = []
    for count, radius in ASKED:
        peers = [flat, hashed] if multi_hash and radius <= 31 else [flat]
        works: list[Callable[[], Any]] = [partial(index.search, queries[:count], radius) for index in indexes]
        works += [partial(p.range_search, queries[:count].view(np.uint8), radius + 1) for p in peers]  # "less than"
        answers = [works[0](), works[1](), *(told(work()) for work in works[2:])]
        assert all(same(answer, answers[2]) for answer in answers), "the indexes do not agree"
        names = [*(f"firebreak {b} B" for b in BUDGETS), "faiss flat", "faiss multi-hash"]
        pair = [time * 1e9 / len(codes) / count for time in beside(works)]
        row: dict[str, Any] = {"codes": len(codes), "queries": count, "radius": radius, "found": len(answers[0])}
        row |= {f"{name} ns": round(value, 4) for name, value in zip(names, pair, strict=False)}
        row |= {
            f"{name} us a query": round(value * len(codes) / 1e3, 1)
            for name, value in zip(names[:2], pair, strict=False)
        }
        row |= {f"times faster, {b} B": round(min(pair[2:]) / own, 1) for b, own in zip(BUDGETS, pair, strict=False)}
        rows.append(row)
        print(row, flush=True)
    return rows


def changed(codes: Codes, budget: int) -> dict[str, Any]:
    """Time changes of a full index, and keeping it on disk."""
    n = len(codes)
    index = HammingIndex(bytes_per_code=budget)
    index.add(codes, np.arange(n, dtype=np.uint32))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.index"
        row: dict[str, Any] = {"codes": n, "budget": budget, "compact s": round(seconds(index.compact), 2)}
        row |= {"bytes a code": round(index.nbytes / n, 2), "save s": round(seconds(partial(index.save, path)), 2)}
        row["file bytes a code"] = round(path.stat().st_size / n, 2)
        row["load, verified s"] = round(seconds(partial(HammingIndex.load, path)), 3)
        row["load s"] = round(seconds(partial(HammingIndex.load, path, verify=False)), 3)
        index = HammingIndex.load(path)
    for turn, count in enumerate((1, 1000)):
        added = np.arange(count, dtype=np.uint32) + np.uint32(n + turn)
        removed = np.arange(count, dtype=np.uint32) * np.uint32(n // 1000) + np.uint32(turn)
        row[f"add {count} ms"] = round(1e3 * seconds(partial(index.add, codes[:count], added)), 3)
        row[f"remove {count} ms"] = round(1e3 * seconds(partial(index.remove, removed)), 3)
    row["bytes a code then"] = round(index.nbytes / len(index), 2)
    return row


def resident() -> int:
    """Return how many bytes of mapped files this process holds."""
    told = Path("/proc/self/status").read_text().split("RssFile:")[1]
    return int(told.split()[0]) * 1024


def hosted(codes: Codes, queries: Codes) -> dict[str, Any]:
    """Time the library that the processes of a host share, and what it takes of their memory."""
    n, code = len(codes), codes_of(codes)
    numbers, none = np.arange(1, n + 1), np.zeros(n, np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "host.library"
        signals = Signals(numbers, numbers, none, code, np.zeros(n, np.float32))
        row: dict[str, Any] = {"codes": n, "build s": round(seconds(partial(build, path, [signals], {})), 2)}
        row["file bytes a code"] = round(path.stat().st_size / n, 2)
        library, before = Library(), resident()
        row["open s"] = round(seconds(partial(library.adopt, path)), 3)
        for query in queries:  # one at a time, or they would not be looked up in tables
            library.search(query[None], 31)
        library.search(queries, 80)  # by comparing: with the tables, all that any search reads
        row["resident MiB"] = round((resident() - before) / 2**20, 1)
        for count in (1, 30, 1000):
            (time_taken,) = beside([partial(library.search, queries[:count], 31)])
            row[f"us a query, {count} at radius 31"] = round(time_taken * 1e6 / count, 1)
    return row


def sorted_calibrated(codes: Codes, queries: Codes) -> dict[str, float]:
    """Measure what `cost` says of sorted tables, whose candidates are too few to tell them apart."""
    terms, times = [], []
    for width in range(13, 18):
        data = SortedTables.build(np.ascontiguousarray(codes.T), np.arange(len(codes), dtype=np.uint32), width)
        columns, keys, tables = data
        for radius in (23, 31):
            part = range(len(queries)), queries, radius, HitBuffer(len(queries), None)
            (time_taken,) = beside([partial(tables.search, columns, keys, np.zeros(0, np.uint8), *part)])
            buckets = sum(probes(width, flips) for flips in flips_allowed(radius, 8))
            terms.append([buckets, buckets * len(codes) / (1 << width) / 32])
            times.append(time_taken * 1e9 / len(queries))
    weight = 1 / np.array(times)  # every measurement counts alike
    opened, filtered = np.linalg.lstsq(np.array(terms) * weight[:, None], np.ones(len(times)), rcond=None)[0]
    return {"OPEN": float(opened), "FILTER": float(filtered)}


def calibrated() -> dict[str, float]:
    """Measure what `cost` says of a processor."""
    figures: dict[str, float] = {}
    codes, queries = made(4_000_000, 64)
    columns, keys, none = np.ascontiguousarray(codes.T), np.arange(len(codes), dtype=np.uint32), np.zeros(0, np.uint8)
    for name, radius, read in LEVELS:
        search = partial(scan, columns, keys, none, range(len(keys)))
        works = [partial(search, queries[:n], radius, HitBuffer(n, None)) for n in (1, len(queries))]
        one, all_of_them = (time * 1e9 / len(keys) / read for time in beside(list(works)))
        figures[f"COMPARE {name}"] = (all_of_them - one) / (len(queries) - 1)
        figures[f"FETCH {name}"] = one - figures[f"COMPARE {name}"]
    for count, plan in ((100_000, Plan(16, 13)), (4_000_000, Plan(12, 20))):
        part = np.ascontiguousarray(columns[:, :count])
        tables = Tables.build(part, plan)
        asked = range(len(queries)), queries, 31, HitBuffer(len(queries), None)
        (time_taken,) = beside([partial(tables.search, part, keys, none, *asked)])
        probed = [probes(plan.width, flips) for flips in flips_allowed(31, plan.tables)]
        looks = len(queries) * sum(p * (1 + load) for p, load in zip(probed, tables.load, strict=True))
        figures[f"LOOK, {count} codes"] = time_taken * 1e9 / looks
    figures |= sorted_calibrated(*made(1_000_000, 200))
    return {name: round(figure, 4) for name, figure in figures.items()}


def main() -> None:
    """Run, print, and write JSON when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--no-multi-hash", action="store_true", help="leave out faiss's slowest to build")
    parser.add_argument("--calibrate", action="store_true", help="print the constants of the cost model, nothing else")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    asked = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    faiss.omp_set_num_threads(1)
    if asked.calibrate:
        print(json.dumps(calibrated(), indent=1))
        return
    rows, changes, hosts = [], [], []
    for count in asked.codes:
        codes, queries = made(count, 1000)
        rows += compared(codes, queries, not asked.no_multi_hash)
        changes += [changed(codes, budget) for budget in BUDGETS]
        hosts.append(hosted(codes, queries))
        print(*changes[-2:], hosts[-1], sep="\n", flush=True)
    for budget in BUDGETS:
        batches = [row[f"firebreak {budget} B ns"] for row in rows if row["queries"] > 1]
        met = sum(figure <= TARGET for figure in batches)
        least = min(row[f"times faster, {budget} B"] for row in rows)
        print(f"{budget} B: {met} of {len(batches)} batches within {TARGET} ns a pair; at least {least} times faster")
    if asked.json:
        asked.json.write_text(json.dumps({"search": rows, "changes": changes, "library": hosts}, indent=1))


if __name__ == "__main__":
    main()
