"""Webhooks of the real server: what a worker had under way when it was killed arrives all the same."""

from __future__ import annotations

import threading
from pathlib import Path

from firebreak.client import verify
from tests import server as servers
from tests.e2e.operating import operator, until
from tests.receiver import Answer, receiving


def test_a_worker_killed_in_the_middle_of_a_delivery_loses_nothing(data: Path) -> None:
    released = threading.Event()
    with (
        servers.running(data, FIREBREAK_PRIVATE_TARGETS="127.0.0.0/8", FIREBREAK_EXAMPLE="no") as server,
        receiving() as receiver,
        operator(server) as api,
    ):
        receiver.answer(Answer(200, drip=released), 200)
        made = api.post("/endpoints", json={"url": receiver.url}).json()
        sent = api.post(f"/endpoints/{made['id']}/test").json()
        until(lambda: receiver.requests)
        server.parts()["work-1"].kill()
        released.set()
        until(lambda: api.get(f"/deliveries/{sent['id']}").json()["state"] == "delivered")
        first, second = receiver.requests
        assert first.body == second.body
        for request in (first, second):
            assert verify(request.headers, request.body, made["key"]["secret"]).id == sent["event_id"]
