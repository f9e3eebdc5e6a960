"""`firebreak hash`: what files are known by."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firebreak.engine.errors import EngineError
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.signals import registry, vpdq
from firebreak.engine.signals.kind import FileKind, MediaKind
from firebreak.faces.cli.files import UsageError, expand, printable
from firebreak.faces.cli.progress import in_order

FORMS: Final = ("text", "json", "vpdq", "tx")
DONE, UNREADABLE = 0, 2


@dataclass(slots=True)
class Signals:
    """What could be told of one file."""

    kind: str | None = None
    duration: float | None = None
    signals: dict[str, str] = field(default_factory=dict)
    error: str | None = None


def hash_files(files: list[Path], *, form: str, jobs: int) -> int:
    """Print the signals of files and return the exit code."""
    if form not in FORMS:
        raise UsageError(f"{form!r} is no format", f"use one of {', '.join(FORMS)}")
    items = list(expand(files))
    if form in {"vpdq", "tx"} and len(items) != 1:
        raise UsageError(f"the format {form} has room for one video, not for {len(items)} files", "name one file")
    failed = False
    with DecoderPool(size=jobs) as pool:
        pool.warm()
        for (name, _), told in in_order(lambda item: _signals(item[1], pool), items, jobs=jobs, title="Hashing"):
            failed |= told.error is not None
            _print(name, told, form)
    return UNREADABLE if failed else DONE


def _signals(path: Path, pool: DecoderPool) -> Signals:
    told = Signals()
    kinds = [registry.load(name) for name in registry.KINDS]
    try:
        with pool.open(path) as source:
            told.kind, told.duration = source.info.kind, source.info.duration
            for kind in kinds:
                if isinstance(kind, MediaKind) and kind.media == source.info.kind:
                    told.signals[kind.name] = kind.hash_media(source)
        for kind in kinds:
            if isinstance(kind, FileKind):
                with path.open("rb") as file:
                    told.signals[kind.name] = kind.hash_file(file)
    except (EngineError, OSError) as problem:
        told.error = str(problem)
    return told


def _print(name: str, told: Signals, form: str) -> None:
    if form == "json":
        line = {
            "file": name,
            "kind": told.kind,
            "duration": told.duration,
            "signals": told.signals,
            "error": told.error,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    elif told.error is not None:
        sys.stderr.write(f"firebreak: {printable(name)}: {told.error}\n")
    elif form == "text":
        for kind, signal in told.signals.items():
            sys.stdout.write(f"{printable(name)}\t{kind}\t{signal}\n")
    elif "vpdq" not in told.signals:
        raise UsageError(f"{name} is no video but {told.kind}", "vPDQ is for videos")
    else:
        frames = vpdq.read(told.signals["vpdq"])
        sys.stdout.write(vpdq.write_lines(frames) if form == "vpdq" else vpdq.write_tx(frames) + "\n")
