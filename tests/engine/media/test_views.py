"""Readers of one file do not disturb each other."""

import io
import os

from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.media.views import FileView

DATA = bytes(range(256)) * 4
MOVES = st.tuples(
    st.booleans(), st.sampled_from([os.SEEK_SET, os.SEEK_CUR, os.SEEK_END]), st.integers(0, 1100), st.integers(-1, 300)
)


@given(moves=st.lists(MOVES, max_size=30))
def test_each_view_reads_as_if_it_were_alone(moves: list[tuple[bool, int, int, int]]) -> None:
    file = io.BytesIO(DATA)
    views = FileView(file), FileView(file)
    alone = io.BytesIO(DATA), io.BytesIO(DATA)
    for which, whence, offset, count in moves:
        view, expected = views[which], alone[which]
        step = -min(offset, len(DATA)) if whence == os.SEEK_END else offset
        assert view.seek(step, whence) == expected.seek(step, whence)
        assert view.read(count) == expected.read(count)
        assert view.tell() == expected.tell()


def test_there_is_no_name_to_guess_from() -> None:
    assert not hasattr(FileView(io.BytesIO(DATA)), "name")
    assert not hasattr(FileView(io.BytesIO(DATA)), "fileno")
