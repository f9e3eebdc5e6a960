"""Pools over the tests' own decoder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.pool import DecoderPool
from tests.engine.media.sandbox import openers

PoolMaker = Callable[..., DecoderPool]


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    """One child with the default limits, for files that do it no harm."""
    with DecoderPool(opener=openers.NAME) as made:
        yield made


@pytest.fixture
def make_pool() -> Iterator[PoolMaker]:
    """Makes pools with their own size and limits, and closes them."""
    with ExitStack() as made:

        def make(size: int = 1, files_per_child: int = 200, **limits: float) -> DecoderPool:
            bounds = Limits(**limits)  # type: ignore[arg-type]  # some are whole numbers
            one = DecoderPool(size, bounds, files_per_child=files_per_child, opener=openers.NAME)
            return made.enter_context(one)

        yield make
