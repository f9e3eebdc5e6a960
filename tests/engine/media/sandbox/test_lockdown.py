"""A locked-down child can compute and answer, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from firebreak.engine.media.sandbox import landlock
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests.engine.media.sandbox import attempts
from tests.engine.media.sandbox.openers import file

ROOT = Path(__file__).parents[4]

# What Landlock denies by itself, by the ABI that brought it.
BY_LANDLOCK = {
    1: {"read a file", "list a directory", "write a file", "make a directory", "make a link", "start a program"},
    4: {"call by TCP"},
    6: {"signal the parent", "signal a thread of the parent"},
}


def outcomes_in_a_process(*layer: str) -> dict[str, str]:
    script = [sys.executable, "-m", attempts.__name__, *layer]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, check=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("attempt", attempts.ATTEMPTS)
def test_a_child_is_denied(pool: DecoderPool, attempt: str) -> None:
    with pool.open(file("tries", attempt=attempt)) as source:
        (outcome,) = source.warnings
    assert outcome in {"EPERM", "EACCES", "can't start new thread"}


def test_an_ordinary_process_can_do_all_of_that() -> None:
    assert outcomes_in_a_process() == dict.fromkeys(attempts.ATTEMPTS, attempts.DONE)


def test_landlock_alone_closes_the_file_system_and_more_with_each_abi() -> None:
    expected = {name for since, names in BY_LANDLOCK.items() if since <= landlock.abi() for name in names}
    outcomes = outcomes_in_a_process("landlock")
    assert {name for name, outcome in outcomes.items() if outcome != attempts.DONE} == expected


def test_a_child_loads_neither_the_parents_half_nor_heavy_libraries(pool: DecoderPool) -> None:
    unwanted = ["numba", "llvmlite", "typer", "rich", "subprocess", "firebreak.engine.media.sandbox.pool"]
    with pool.open(file("modules", names=[*unwanted, "numpy"])) as source:
        assert source.warnings == ["numpy"]
