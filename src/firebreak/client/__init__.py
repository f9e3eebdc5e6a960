"""Firebreak from a platform's code: ask before publishing, and verify what Firebreak tells back.

    from firebreak.client import Client

    with Client("https://firebreak.example.org", token) as firebreak:
        scan = firebreak.scan_file("upload.mp4", content_id="post-1")
        if scan.may_appear:
            publish()

Needs `pip install firebreak[client]`, and neither a database nor the engine.
"""

from firebreak.client.client import Client
from firebreak.client.errors import FirebreakError, ProblemError, Unfinished, Unreachable
from firebreak.client.results import Finding, Match, Reference, Scan, Segment, Signal
from firebreak.client.webhooks import Event, WebhookRefused, verify

__all__ = [
    "Client",
    "Event",
    "Finding",
    "FirebreakError",
    "Match",
    "ProblemError",
    "Reference",
    "Scan",
    "Segment",
    "Signal",
    "Unfinished",
    "Unreachable",
    "WebhookRefused",
    "verify",
]
