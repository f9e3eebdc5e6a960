"""Jobs of workers that are gone are given back; those of the living are not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from firebreak.records.common import sweep

pytestmark = pytest.mark.django_db


def _sql(statement: str, *values: Any) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _worker(seconds_silent: int) -> object:
    made = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id"
    return _sql(made, seconds_silent)[0][0]


def _job(status: str, worker: object = None) -> object:
    made = """
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, worker_id, attempts)
        VALUES ('scan', 'task', 0, '{}', %s, %s, 0) RETURNING id
    """
    return _sql(made, status, worker)[0][0]


def _ended(status: str) -> object:
    """A job that went the way of all jobs, so that its history is written."""
    job = _job("todo")
    for step in ("doing", status):
        _sql("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s", step, job)
    return job


def _status(job: object) -> object:
    return _sql("SELECT status FROM procrastinate_jobs WHERE id = %s", job)[0][0]


def test_jobs_of_the_silent_are_given_back() -> None:
    lost, held, orphaned = _job("doing", _worker(60)), _job("doing", _worker(1)), _job("doing")
    assert sweep.once() == 2
    assert [_status(job) for job in (lost, held, orphaned)] == ["todo", "doing", "todo"]
    assert sweep.once() == 0


def test_jobs_that_ended_long_ago_are_deleted() -> None:
    old, new, failed = _ended("succeeded"), _ended("succeeded"), _ended("failed")
    _sql("UPDATE procrastinate_events SET at = now() - interval '2 days' WHERE job_id IN (%s, %s)", old, failed)
    _sql("UPDATE procrastinate_events SET at = now() WHERE job_id = %s", new)
    sweep.prune()
    assert _sql("SELECT id FROM procrastinate_jobs ORDER BY id") == [(new,), (failed,)]
