"""A change of a bank reaches every process, without a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server as servers
from tests.e2e.spreading import PROCESSES, Spreading, picture


@pytest.fixture(scope="module")
def spreading() -> Iterator[Spreading]:
    with servers.folder() as made, servers.running(made / "data", FIREBREAK_EXAMPLE="no", **PROCESSES) as server:
        started = Spreading(server)
        yield started
        started.close()


def test_there_are_two_of_each(spreading: Spreading) -> None:
    assert len(spreading.web) == len(spreading.workers) == 2


def test_what_is_banked_is_matched_by_every_web_process_and_no_longer_when_removed(spreading: Spreading) -> None:
    for _ in range(10):
        reference, code = spreading.add()
        assert set(spreading.web_knows(code, known=True)) == set(spreading.web)
        spreading.remove(reference)
        assert set(spreading.web_knows(code, known=False)) == set(spreading.web)


def test_every_worker_knows_what_was_banked_and_forgets_what_was_removed(spreading: Spreading, tmp_path: Path) -> None:
    file = picture(tmp_path, 77)
    reference = spreading.add_file(file)
    assert set(spreading.workers_verdict(file).values()) == {"block"}
    spreading.remove(reference)
    assert set(spreading.workers_verdict(file).values()) == {"allow"}
