"""Putting off work, in the transaction of whatever asks for it: both happen, or neither.

Inside a worker procrastinate's own connection is another one than Django's, so a plain `task.defer()` there would be
outside the transaction. Whoever changes records therefore defers through this module, from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

_manager: Final = JobManager(DjangoConnector())


def defer(task: str, *, queue: str, at: datetime | None = None, **arguments: Any) -> int:
    """Have `task` run with `arguments` once the transaction is committed, not before `at`. Returns the job's id."""
    return defer_all(task, [arguments], queue=queue, at=at)[0]


def defer_all(
    task: str, arguments: Sequence[Mapping[str, Any]], *, queue: str, at: datetime | None = None
) -> list[int]:
    """Do the same for several jobs in one statement."""
    if not arguments:
        return []
    deferrer = configure_task(name=task, job_manager=_manager, queue=queue, schedule_at=at)
    return deferrer.batch_defer(*(dict(each) for each in arguments))
