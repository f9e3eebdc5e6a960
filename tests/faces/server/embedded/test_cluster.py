"""The embedded database: made, healed after a kill, refused when it cannot be used."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firebreak.faces.server.embedded.account import Account
from firebreak.faces.server.embedded.cluster import Cluster, _own
from firebreak.faces.server.errors import ServerError
from tests import server as servers

_USE = """
import sys, time
from pathlib import Path
import psycopg
from firebreak.faces.server import place
from firebreak.faces.server.embedded import session
data = Path(sys.argv[1])
place.make(data)
with session.started(data) as url, psycopg.connect(url, autocommit=True) as link:
    link.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    link.execute("INSERT INTO kept VALUES (1)")
    print(link.execute("SELECT count(*) FROM kept").fetchone()[0], flush=True)
    if len(sys.argv) > 2:
        time.sleep(60)
"""


def test_what_was_committed_outlives_a_kill(data_folder: Path) -> None:
    command = [sys.executable, "-c", _USE, str(data_folder)]
    with subprocess.Popen([*command, "stay"], stdout=subprocess.PIPE, text=True, env=servers.environment()) as first:
        assert first.stdout
        assert first.stdout.readline() == "1\n"
        first.send_signal(signal.SIGKILL)
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, env=servers.environment())
    assert second.stdout == "2\n", second.stderr
    assert not (data_folder / "run").exists()
    assert not (data_folder / "postgresql" / "postmaster.pid").exists()


def test_another_version_is_refused(data_folder: Path) -> None:
    data_folder.mkdir(mode=0o755)
    (data_folder / "postgresql").mkdir()
    (data_folder / "postgresql" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 16"):
        Cluster(data_folder).prepare()


def test_what_somebody_else_laid_in_its_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ServerError, match="belongs to another user"):
        _own(tmp_path / "link", None)
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o755


def test_a_folder_that_the_databases_user_may_not_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stranger = Account("stranger", 54321, 54321)
    assert not stranger.may_enter(tmp_path)
    assert stranger.may_enter(Path("/"))
    assert Account("owner", tmp_path.stat().st_uid, 54321)._may_pass(tmp_path.stat())
