"""`/metrics`, in Prometheus' form: what all processes of this machine counted, and how the installation is doing."""

from __future__ import annotations

import os
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from firebreak import __version__
from firebreak.faces.server import status
from firebreak.records.banks import library
from firebreak.records.common.errors import Problem
from firebreak.records.staff.bearer import Bearer
from firebreak.records.staff.permissions import Permission

_bearer = Bearer(Permission.STATUS_READ)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever has a token with the scope `status:read`."""
    try:
        _bearer(request)
    except Problem as problem:
        return HttpResponse(f"{problem}\n", status=problem.status, content_type="text/plain")
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Process())
    registry.register(_Installation())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Process(Collector):
    """What this process counted, where it is the only one."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()


class _Installation(Collector):
    """What the database knows, and this process's index."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("version_info", "The version, as a label", {__version__: 1}, "version")
        yield _gauge("library_ready", "Whether the banks are in this process's index", int(library.ready()))
        yield _gauge("library_codes", "Codes in this process's index", library.current().frames)
        queues = status.queues()
        yield _gauge("jobs_waiting", "Jobs that are due", {q.name: q.waiting for q in queues}, "queue")
        ages = {q.name: q.oldest_seconds for q in queues}
        yield _gauge("jobs_oldest_seconds", "How long the oldest due job has waited", ages, "queue")
        yield _gauge("jobs_failed", "Jobs that were given up", status.failed_jobs(), "queue")
        yield _gauge("worker_lanes", "Lanes of workers that are alive, on all machines", status.workers())
        yield _gauge("deliveries", "Webhooks that have not arrived", status.deliveries(), "state")
        yield _gauge("endpoints_failing", "Addresses at which webhooks do not arrive", status.failing_endpoints())
        entries, seconds = status.ledger_lag()
        yield _gauge("ledger_pending", "Entries that wait for their place in the tree", entries)
        yield _gauge("ledger_lag_seconds", "How long the oldest of them has waited", seconds)


def _gauge(
    name: str, help_: str, value: float | dict[str, int] | dict[str, float], label: str = ""
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"firebreak_{name}", help_, labels=[label] if label else [])
    values = value.items() if isinstance(value, dict) else [(None, value)]
    for key, number in values:
        family.add_metric([key] if key is not None else [], number)
    return family
