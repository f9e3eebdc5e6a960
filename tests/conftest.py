"""What holds for all tests."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Machines differ in speed; what a test finds must not. CI tries the same examples every time, so that a change is
# judged by itself; everywhere else they are drawn anew, and what is found there becomes a test or an `@example`.
settings.register_profile("firebreak", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("firebreak")

pytest_plugins = ["tests.cast"]


@pytest.fixture(autouse=True)
def _index_let_go() -> Iterator[None]:
    """Let no test see the index of another, nor keep its connection."""
    yield
    if library := sys.modules.get("firebreak.records.banks.library"):
        library.forget()
