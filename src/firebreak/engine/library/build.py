"""Building the base file of a library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from firebreak.engine.library.base import Base
from firebreak.engine.library.changes import Signals
from firebreak.engine.matching.arrayfile import JSON


def build(path: Path, batches: Iterable[Signals], meta: Mapping[str, JSON]) -> None:
    """Write all signals of `batches`, in any order, to one file, whole or not at all. Raises OSError.

    Of a signal that is given twice the first counts. `meta` is for the caller. Takes memory for about twice the file.
    """
    Base.of(_ordered(batches), meta).save(path)


def _ordered(batches: Iterable[Signals]) -> Signals:
    signals = Signals.joined(batches)
    _, first = np.unique(signals.signal, return_index=True)
    return signals.take(first)
