"""A bank's file from a stranger is refused in one sentence, however well its checksums fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching.arrayfile import read_arrays, write_arrays

Arrays = dict[str, Any]


def sound() -> Bank:
    bank = Bank("known")
    for seed in range(3):
        codes = np.random.default_rng(seed).integers(0, 2**64, (4, 4), np.uint64)
        bank.add(Reference(f"r{seed}", "video", 2.0), np.arange(4.0), codes)
    return bank


def forged(path: Path, change: Any) -> Path:
    """Save a sound bank again with something changed and every checksum right."""
    sound().save(path)
    arrays, meta = read_arrays(path, "firebreak bank", 1)
    copies: Arrays = {name: np.array(values) for name, values in arrays.items()} | {"meta": dict(meta)}
    change(copies)
    meta = copies.pop("meta")
    write_arrays(path, "firebreak bank", 1, copies, meta)
    return path


def drop(name: str) -> Any:
    return lambda arrays: arrays.pop(name)


def put(name: str, make: Any) -> Any:
    return lambda arrays: arrays.__setitem__(name, make(arrays[name]))


@pytest.mark.parametrize(
    "change",
    [
        *(drop(name) for name in ("count", "told", "told_end", "times", "times_end", "index.keys", "index.words")),
        lambda arrays: arrays["meta"].pop("name"),
        lambda arrays: arrays["meta"].__setitem__("next_key", "many"),
        lambda arrays: arrays["meta"].__setitem__("next_key", 2),
        put("count", lambda a: a + 1),
        put("count", lambda a: a.astype(np.uint64)),
        put("first_key", lambda a: a[::-1].copy()),
        put("times_end", lambda a: a + np.uint64(2**60)),
        put("told_end", lambda a: a[::-1].copy()),
        put("times", lambda a: a[:-1].copy()),
        put("index.keys", lambda a: a + np.uint32(100)),
        put("index.words", lambda a: a[:2].copy()),
    ],
)
def test_a_forged_bank_is_refused(tmp_path: Path, change: Any) -> None:
    path = forged(tmp_path / "forged.bank", change)
    with pytest.raises(IndexFileError):
        Bank.load(path)


@pytest.mark.parametrize("told", [b"[", b"[1]", b"\xff", b'{"smell": 1}'])
def test_a_reference_that_tells_nonsense_is_refused_when_it_is_asked(tmp_path: Path, told: bytes) -> None:
    def change(arrays: Arrays) -> None:
        length = int(arrays["told_end"][0])
        arrays["told"][:length] = np.frombuffer(told.ljust(length), np.uint8)

    bank = Bank.load(forged(tmp_path / "forged.bank", change))
    with pytest.raises(IndexFileError, match="cannot be read"):
        list(bank.references())


def test_a_sound_bank_passes(tmp_path: Path) -> None:
    assert len(Bank.load(forged(tmp_path / "sound.bank", lambda _: None))) == 3
