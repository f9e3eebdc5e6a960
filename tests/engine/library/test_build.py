"""A base file is whole or not there, holds each signal once, and says what its builder wanted said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firebreak.engine.errors import IndexFileError
from firebreak.engine.library.build import build
from firebreak.engine.library.changes import Signals, pdq_of
from firebreak.engine.library.library import Library
from firebreak.engine.matching.arrayfile import read_arrays, write_arrays
from tests.engine.library.signals import drawn, pictures


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(tmp_path / "base", [drawn(np.random.default_rng(1), np.arange(1, 200))], {"change": 7})
    return tmp_path / "base"


def test_of_a_signal_that_comes_twice_the_first_counts(tmp_path: Path) -> None:
    first, second = pictures(5), pictures(6, seed=1)
    build(tmp_path / "base", [first, second], {"change": [1, "x"]})
    library = Library.open(tmp_path / "base")
    assert len(library) == 6
    assert library.base_meta == {"change": [1, "x"]}
    assert library.search(pdq_of(first.code), 0).row.tolist() == [1, 2, 3, 4, 5]


def test_a_build_that_fails_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()

    def broken() -> Iterator[Signals]:
        yield pictures(3)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        build(path, broken(), {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_library_without_signals_can_be_built(tmp_path: Path) -> None:
    build(tmp_path / "base", [], {})
    library = Library.open(tmp_path / "base")
    library.add(pictures(3))
    assert (len(library), library.remove(np.array([2, 9]))) == (2 + 1, 1)


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("sha256.words", np.zeros((2, 49), np.uint64)),
        ("signal", None),
        ("signal", np.ones(199, np.int64)),
        ("reference", np.ones(198, np.int64)),
        ("time", np.ones(199)),
        ("pdq.keys", None),
        ("pdq.words", np.zeros((4, 3), np.uint64)),
        ("sha256.rows", np.full(3, 199, np.uint32)),
        ("md5.words", np.zeros(3, np.uint64)),
        ("md5.words", np.zeros((4, 199), np.uint64)),
        ("md5.words", None),
    ],
)
def test_a_file_whose_arrays_do_not_fit_is_refused(path: Path, name: str, forged: Any) -> None:
    arrays, meta = read_arrays(path, "firebreak library", 1)
    del arrays[name]
    write_arrays(path, "firebreak library", 1, arrays | ({} if forged is None else {name: forged}), meta)
    with pytest.raises(IndexFileError):
        Library.open(path)
