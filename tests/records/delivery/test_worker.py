"""A real worker delivers what a transaction published."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from firebreak.records.common.actor import SYSTEM
from firebreak.records.delivery import operations, queries
from firebreak.records.delivery.models import Attempt, Delivery, State
from tests.receiver import Answer, Receiver, receiving

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("local_targets")]


@pytest.fixture
def endpoint(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # the worker's threads leave none behind
    operations.create_endpoint(receiver.url, actor=SYSTEM)
    return receiver


def work(concurrency: int = 1) -> None:
    """Run a worker until nothing is to be done now."""
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()):
        app.run_worker(queues=["kill", "deliver"], concurrency=concurrency, wait=False, install_signal_handlers=False)


def test_a_worker_delivers_and_a_job_defers_the_next_try_in_its_transaction(endpoint: Receiver) -> None:
    endpoint.answer(500, 200)
    with transaction.atomic():
        first = operations.publish("scan.completed", {"content_id": "post 1"})
        second = operations.publish("item.remove", {"content_id": "post 1"})
    work()
    assert {r.headers["webhook-id"] for r in endpoint.requests} == {str(first), str(second)}
    states = dict(queries.deliveries().values_list("event_id", "state"))
    assert sorted(states.values()) == [State.DELIVERED, State.PENDING]


def test_a_slow_endpoint_does_not_keep_another_from_its_deliveries(endpoint: Receiver) -> None:
    arrived = threading.Event()
    with receiving() as slow:
        operations.create_endpoint(slow.url, actor=SYSTEM)
        slow.answer(Answer(200, drip=arrived))
        with transaction.atomic():
            for number in range(8):
                operations.publish("scan.completed", {"number": number})
        helper = threading.Thread(target=_when_all_are_here, args=(endpoint, 8, arrived))
        helper.start()
        work(concurrency=3)
        helper.join()
    assert Delivery.objects.filter(state=State.DELIVERED).count() == 16
    assert not Attempt.objects.exclude(error="").exists(), "nobody had to wait until the slow one's time was over"


def _when_all_are_here(receiver: Receiver, count: int, then: threading.Event) -> None:
    while len(receiver.requests) < count and not then.wait(0.02):
        pass
    then.set()
