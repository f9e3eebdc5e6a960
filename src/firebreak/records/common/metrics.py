"""What is counted while working. `/metrics` adds what can be read from the database when somebody asks.

Where several processes answer, they share files (PROMETHEUS_MULTIPROC_DIR, set by the supervisor), so that whichever
is asked tells of all.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUEST_SECONDS: Final = Histogram(
    "firebreak_request_seconds", "Time to answer a request, by route", ["method", "route", "status"], buckets=_SECONDS
)
SCANS: Final = Counter("firebreak_scans", "Scans answered, by verdict; pending where a worker does them", ["verdict"])
SCANS_DEGRADED: Final = Counter("firebreak_scans_degraded", "Scans that a setting answered, for lack of time or health")
