"""The gate's work that nobody waits for."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from firebreak.desks.intake import gate, working
from firebreak.records.common.settings import settings
from firebreak.records.content import operations as content

# Far more often than a scan is tried: an index that is being read, or a database that is away, is no try.
_PATIENCE: Final = RetryStrategy(max_attempts=1000, wait=1, linear_wait=1)


@app.task(name=gate.JOB, queue=gate.QUEUE, retry=_PATIENCE)
def scan(*, scan: str) -> None:
    """End a scan that waits."""
    working.end(UUID(scan))


@app.periodic(cron="* * * * *")
@app.task(name="intake.tally", queue="clock", queueing_lock="intake.tally")
def tally(timestamp: int) -> None:  # noqa: ARG001 - procrastinate tells the time
    """Count the scans that ended in `allow` since the last time."""
    content.tally()


@app.periodic(cron="*/5 * * * *")
@app.task(name="intake.rescue", queue="clock", queueing_lock="intake.rescue")
def rescue(timestamp: int) -> None:  # noqa: ARG001
    """See to scans whose job is gone."""
    working.rescue()


@app.periodic(cron="23 * * * *")
@app.task(name="intake.prune", queue="hunt", queueing_lock="intake.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """Let go of fingerprints, keys and uploads whose time is over."""
    content.prune_fingerprints(settings().fingerprint_days)
    content.prune_keys()
    working.clear_spool()
