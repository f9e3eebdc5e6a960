"""A worker process: takes jobs by urgency, and hosts the threads that a host needs once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.worker import Worker
from structlog.contextvars import bound_contextvars

from firebreak.faces.server import migrate
from firebreak.faces.site.database import use_pool
from firebreak.records.common import background, sweep

HEARTBEAT_SECONDS: Final = 2.0
STOP_SECONDS: Final = 8.0
_POLL_SECONDS: Final = 1.0  # the net below LISTEN/NOTIFY


@dataclass(frozen=True, slots=True)
class Lane:
    """Queues that share threads: what is urgent never waits behind what is long."""

    name: str
    queues: tuple[str, ...]
    threads: int


def lanes(threads: int) -> list[Lane]:
    """Return the lanes of a worker that has `threads` for scans."""
    return [
        Lane("kill", ("kill",), 2),
        Lane("scan", ("scan", "clock"), threads),
        Lane("deliver", ("deliver",), 2 * threads),
        Lane("patient", ("exchange", "hunt", "builtin", "default"), 1),
    ]


def connections(threads: int) -> int:
    """Return the most connections that a worker's threads keep."""
    return sum(lane.threads for lane in lanes(threads)) + len(background.BACKGROUND)


def work(*, threads: int) -> None:
    """Work until SIGTERM, then finish what was begun, for a few seconds."""
    use_pool(connections(threads))
    migrate.await_database()
    sweep.once()
    running = background.start(background.Process.WORK)
    asyncio.run(_work(lanes(threads)))
    running.end(STOP_SECONDS)


async def _work(wanted: list[Lane]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(sum(lane.threads for lane in wanted) + 2, "job"))
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector):
        async with app.open_async():
            working = [loop.create_task(_lane(lane)) for lane in wanted]
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, _stop, working)
            done, _ = await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
            _stop(working)
            await asyncio.gather(*working, return_exceptions=True)
            for task in done:
                if not task.cancelled() and (problem := task.exception()):
                    raise problem


def _lane(lane: Lane) -> Coroutine[Any, Any, None]:
    return app.run_worker_async(
        queues=list(lane.queues),
        name=lane.name,
        concurrency=lane.threads,
        fetch_job_polling_interval=_POLL_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=sweep.STALLED_SECONDS,
        shutdown_graceful_timeout=STOP_SECONDS,
        install_signal_handlers=False,
        worker_middleware=[_name_in_logs],
    )


async def _name_in_logs(call_next: Callable[[], Awaitable[Any]], context: JobContext, _: Worker) -> Any:
    """Have all that is logged during a job say which it is."""
    with bound_contextvars(job=context.job.id, task=context.job.task_name):
        return await call_next()


def _stop(working: list[asyncio.Task[None]]) -> None:
    for task in working:
        task.cancel()
