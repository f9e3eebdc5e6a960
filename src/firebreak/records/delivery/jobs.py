"""Delivering, in workers.

A job names an endpoint, not a delivery: it sends what is due there, over one connection, until nothing is, ten seconds
have passed, or an attempt fails; then the next endpoint has its turn. A few requests at most are under way to one
endpoint at once, and a few to all failing ones together (see `operations/attempts.py`), so a slow or dead endpoint
takes a share of the workers that does not grow with what is waiting for it. Procrastinate's own locks would not do:
a job that is put off until tomorrow would block every later one with the same lock.
"""

from __future__ import annotations

from time import monotonic
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from firebreak.records.common.settings import settings
from firebreak.records.delivery import operations
from firebreak.records.delivery.guard import guard
from firebreak.records.delivery.operations.publishing import DELIVER, wake_up
from firebreak.records.delivery.sending import send

TURN_SECONDS: Final = 10.0


@app.task(name=DELIVER, queue="deliver")
def deliver(*, endpoint: str, urgent: bool) -> None:
    """Send what is due at an endpoint. Safe to run twice: what was sent is not due any more."""
    until = monotonic() + TURN_SECONDS
    with guard().session() as session:
        while claimed := operations.claim(UUID(endpoint), urgent=urgent):
            outcome = send(session, claimed)
            operations.record_attempt(claimed, outcome)
            if not outcome.arrived or monotonic() > until:
                wake_up(claimed.endpoint_id, urgent=urgent)
                return


@app.periodic(cron="* * * * * */10")
@app.task(name="delivery.wake", queue="clock", queueing_lock="delivery.wake")
def wake(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time
    """See to what a worker that died had under way."""
    operations.wake_forgotten()


@app.periodic(cron="17 3 * * *")
@app.task(name="delivery.prune", queue="hunt", queueing_lock="delivery.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """End the keeping of old events."""
    operations.prune(settings().delivery_days)
