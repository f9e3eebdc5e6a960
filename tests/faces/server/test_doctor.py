"""The doctor names what is wrong and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from firebreak.faces.server import doctor, place
from firebreak.records.common.settings import Settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    place.ensure_secret_key(tmp_path)
    return tmp_path


def _wrong(data: Path) -> dict[str, str]:
    return {check.name: check.wrong for check in doctor.checks(Settings(data=data)) if not check.ok}


@pytest.mark.django_db
def test_without_a_server_workers_and_web_are_missed(data: Path) -> None:
    assert _wrong(data) == {"workers": "none is alive", "web server": "none runs"}


@pytest.mark.django_db
def test_a_key_that_others_may_read(data: Path) -> None:
    (data / "secret.key").chmod(0o644)
    assert _wrong(data)["secrets"] == "others may read secret.key"


@pytest.mark.django_db
def test_jobs_that_wait_and_jobs_that_were_given_up(data: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts, scheduled_at)
            VALUES ('scan', 'task', 0, '{}', 'todo', 0, now() - interval '90 seconds'),
                   ('deliver', 'task', 0, '{}', 'todo', 0, now() - interval '90 seconds'),
                   ('hunt', 'task', 0, '{}', 'failed', 0, NULL)
        """)
    wrong = _wrong(data)
    assert wrong["queues"].startswith("jobs wait too long: scan 9")
    assert wrong["jobs"] == "given up: 1 of hunt"


@pytest.mark.django_db
def test_a_schema_that_is_behind(data: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'policies'")
    assert "behind" in _wrong(data)["schema"]


@pytest.mark.django_db
def test_a_web_server_that_does_not_answer(data: Path) -> None:
    place.tell_address(data, "http://127.0.0.1:1")
    assert _wrong(data)["web server"] == "nothing answers at http://127.0.0.1:1"


def test_it_is_told_whether_there_is_a_server_at_all(data: Path, tmp_path: Path) -> None:
    assert doctor.is_installed(Settings(data=data))
    assert not doctor.is_installed(Settings(data=tmp_path / "other"))
