"""The example: a bank with two references, and files in the data folder to try the gate with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.faces.server.first_start import clips
from firebreak.records.banks.models import Bank
from firebreak.records.banks.operations.banks import create_bank
from firebreak.records.banks.operations.references import add_reference_from_file
from firebreak.records.common.actor import SYSTEM

BANK: Final = "example"
REFERENCE: Final = "reference.mp4"
COPY: Final = "copy.mp4"
OTHER: Final = "other.mp4"
_BANKED: Final = {"waves-1.mp4": 11, "waves-2.mp4": 12}  # their seeds
_CUT: Final = slice(3 * clips.RATE, 11 * clips.RATE)


def folder(data: Path) -> Path:
    """Return where the files lie."""
    return data / "example"


def make(data: Path) -> None:
    """Make what is not there yet of the bank and the files."""
    folder(data).mkdir(mode=0o755, exist_ok=True)
    _write_files(folder(data))
    bank = Bank.objects.filter(name=BANK).first() or create_bank(
        BANK, actor=SYSTEM, description="Moving waves, to try Firebreak with. Disable it when you are done."
    )
    with DecoderPool(1) as pool:
        for name in _BANKED:
            add_reference_from_file(bank, folder(data) / name, actor=SYSTEM, pool=pool, name=name, origin="example")


def _write_files(into: Path) -> None:
    for name, seed in _BANKED.items():
        if not (into / name).exists():
            _write(into / name, clips.pattern(seed, 8))
    if not (into / COPY).exists():
        original = clips.pattern(13, 12)
        _write(into / REFERENCE, original)
        _write(into / COPY, [clips.edited(picture) for picture in original[_CUT]])
    if not (into / OTHER).exists():
        _write(into / OTHER, clips.pattern(14, 8))


def _write(path: Path, pictures: list[clips.Picture]) -> None:
    unfinished = path.with_name(f".{path.name}")
    clips.write(unfinished, pictures)
    unfinished.replace(path)
