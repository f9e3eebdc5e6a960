from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server as servers


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A data folder that is not there yet, of a name that is not simple."""
    with servers.folder() as made:
        yield made / "my data, é"
