from __future__ import annotations

from collections.abc import Iterator

import pytest

from firebreak.records.common.settings import settings
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def local_targets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Allow deliveries to this machine, as an operator would."""
    monkeypatch.setenv("FIREBREAK_PRIVATE_TARGETS", "127.0.0.0/8")
    settings.cache_clear()
    yield
    settings.cache_clear()
