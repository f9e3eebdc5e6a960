"""Probes and metrics, as programs ask for them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from firebreak.faces.server import migrate
from firebreak.records.common.actor import SYSTEM
from firebreak.records.staff.operations import create_token
from firebreak.records.staff.permissions import Permission

pytestmark = pytest.mark.django_db


def _token(scope: Permission) -> dict[str, str]:
    _, secret = create_token("prometheus", [scope], actor=SYSTEM)
    return {"Authorization": f"Bearer {secret}"}


def test_the_process_is_alive(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_it_is_not_ready_before_the_banks_are_and_says_so(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    told = answer.json()
    assert not told["ready"]
    assert told["checks"]["database"] == told["checks"]["schema"] == "ok"
    assert told["checks"]["library"] == "the banks are being loaded"


def test_metrics_are_for_holders_of_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=_token(Permission.SCANS_READ)).status_code == 403


def test_metrics_tell_what_is_counted_and_what_the_database_knows(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, attempts)
            VALUES ('scan', 'task', 0, '{}', 'todo', 0)
        """)
    client.get("/healthz")
    text = client.get("/metrics", headers=_token(Permission.STATUS_READ)).content.decode()
    assert 'firebreak_request_seconds_count{method="GET",route="/healthz",status="200"}' in text
    assert 'firebreak_jobs_waiting{queue="scan"} 1.0' in text
    assert "firebreak_ledger_pending 1.0" in text  # the token's entry
    assert "firebreak_library_ready 0.0" in text


def test_a_schema_that_is_ahead_does_not_matter() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('staff', '9999_of_the_next_version', now())"
        )
    assert migrate.missing() == []


def test_a_schema_that_is_behind_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'policies'")
    assert migrate.missing()[0].startswith("policies.")
