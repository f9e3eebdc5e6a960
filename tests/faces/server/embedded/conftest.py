from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server as servers


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A data folder that is not there yet."""
    with servers.folder() as made:
        yield made / "data"
