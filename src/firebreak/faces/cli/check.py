"""`firebreak check`: which files are copies, and where."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from firebreak.engine.findings import Finding, Scan
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.faces.cli.files import UsageError, expand, printable
from firebreak.faces.cli.progress import in_order

CLEAR, MATCHED, UNREADABLE = 0, 1, 2


def check(files: list[Path], refs: list[Path], *, as_json: bool, jobs: int) -> int:
    """Check files against references, print what was found, and return the exit code."""
    items = list(expand(files))
    if not items:
        raise UsageError(f"{', '.join(map(str, files))} holds no file to check")
    # No more decoders than there is work for: each takes a quarter of a second of processor time to start.
    jobs = min(jobs, max(len(items), len(list(expand(refs)))))
    with DecoderPool(size=jobs) as pool:
        pool.warm()  # the decoders start while this process loads the rest
        from firebreak.faces.cli.notice import tell_of_compiling

        tell_of_compiling()
        from firebreak.engine.scanner import Scanner
        from firebreak.faces.cli.references import gather

        scanner = Scanner(gather(refs, pool, jobs), pool=pool)
        scans: list[tuple[str, Scan]] = []
        for (name, _), scan in in_order(lambda item: scanner.scan(item[1]), items, jobs=jobs, title="Checking"):
            for warning in scan.warnings:
                sys.stderr.write(f"firebreak: {printable(name)}: {warning}\n")
            if as_json:
                sys.stdout.write(json.dumps(line(name, scan), ensure_ascii=False) + "\n")
                sys.stdout.flush()
            scans.append((name, scan))
    if not as_json:
        _print(scans)
    return _exit_code([scan for _, scan in scans])


def line(name: str, scan: Scan) -> dict[str, Any]:
    """Return the JSON object of one file, as the contract has it."""
    return {
        "file": name,
        "verdict": scan.verdict,
        "confidence": scan.confidence,
        "ms": scan.ms,
        "error": scan.error,
        "findings": [finding.told() for finding in scan.findings],
    }


def _exit_code(scans: list[Scan]) -> int:
    if any(scan.findings for scan in scans):
        return MATCHED
    return UNREADABLE if any(scan.error for scan in scans) else CLEAR


def _print(scans: list[tuple[str, Scan]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("verdict", "file", "confidence", "reference", "where"):
        table.add_column(heading, justify="right" if heading == "confidence" else "left", overflow="fold")
    for name, scan in scans:
        first = (_verdict(scan), Text(printable(name)))
        if scan.error:
            table.add_row(*first, "", "", Text(scan.error, style="yellow"))
        for finding in scan.findings:
            place = Text("\n".join(_where(finding)))
            table.add_row(*first, f"{finding.confidence:.4f}", Text(printable(finding.reference)), place)
            first = (Text(""), Text(""))
        if not scan.findings and not scan.error:
            table.add_row(*first, "", "", "")
    console = Console(highlight=False)
    console.print(table)
    console.print(_summary([scan for _, scan in scans]), style="dim")


def _verdict(scan: Scan) -> Any:
    from rich.text import Text

    styles = {"block": "bold red", "hold": "yellow", "review": "yellow", "allow": "green", None: "yellow"}
    return Text(scan.verdict or "unreadable", style=styles[scan.verdict])


def _where(finding: Finding) -> list[str]:
    if finding.kinds[0] in {"sha256", "md5"}:
        return ["the very same file"]
    return [
        (f"{_span(s.query)} shows {_span(s.reference)}" if any((*s.query, *s.reference)) else "the picture")
        + (f" at {s.speed:g}x speed" if s.speed != 1.0 else "")
        + (" mirrored" if s.mirrored else "")
        for s in finding.segments
    ]


def _span(span: tuple[float, float]) -> str:
    start, end = (f"{int(t // 60)}:{t % 60:04.1f}" for t in span)
    return start if start == end else f"{start}-{end}"


def _summary(scans: list[Scan]) -> str:
    matched = sum(bool(scan.findings) for scan in scans)
    unread = sum(bool(scan.error) for scan in scans)
    took = sum(scan.ms for scan in scans) / 1000
    return f"{len(scans)} checked, {matched} matched, {unread} not read whole, {took:.1f} s of work"
