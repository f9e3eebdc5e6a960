"""What a scanner may search: a bank, or anything that answers as one."""

from __future__ import annotations

import numpy as np

from firebreak.engine.banks.bank import Bank
from firebreak.engine.known import FrameHits, Known
from tests.engine.shown import CODES, Library


def test_banks_and_libraries_are_known() -> None:
    assert isinstance(Bank("bank"), Known)
    assert isinstance(Library(), Known)


def test_hits_are_joined_in_their_order() -> None:
    hits = Library().search(CODES, 0)
    joined = FrameHits.joined([FrameHits.none(), hits, hits])
    assert joined.query.tolist() == [0, 1, 2, 3] * 2
    assert np.array_equal(joined.row, np.tile(hits.row, 2))
    assert joined.time.dtype == np.dtype(np.float64)
    assert joined.row.dtype == np.dtype(np.int64)
