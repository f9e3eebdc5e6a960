"""What was published arrives: once where it can, again where it must, and never silently not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks.webhooks import Webhook

from firebreak.records.common import clock
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Conflict
from firebreak.records.delivery import jobs, operations, queries, schedule
from firebreak.records.delivery.models import Attempt, Delivery, Endpoint, Event, State
from firebreak.records.delivery.operations import Outcome, attempts
from firebreak.records.ledger.models import Entry
from tests.receiver import Answer, Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_targets")]

FINE = Outcome(5, status=204)
BROKEN = Outcome(5, status=500, error="answered 500")


@pytest.fixture
def endpoint(receiver: Receiver, local_targets: None) -> Endpoint:
    return operations.create_endpoint(receiver.url, actor=SYSTEM)[0]


def publish(event: str = "scan.completed", **data: object) -> UUID:
    with transaction.atomic():
        return operations.publish(event, data or {"content_id": "post 1"}, account="a-1")


def deliver(endpoint: Endpoint, *, urgent: bool = False) -> None:
    jobs.deliver.func(endpoint=str(endpoint.pk), urgent=urgent)


def waiting(queue: str) -> list[datetime | None]:
    """Return when the jobs that were deferred are to run."""
    jobs_ = ProcrastinateJob.objects.filter(task_name="delivery.deliver", queue_name=queue)
    return list(jobs_.order_by("id").values_list("scheduled_at", flat=True))


@contextmanager
def later(by: timedelta) -> Iterator[None]:
    with clock.fixed(clock.now() + by):
        yield


class TestPublishing:
    def test_every_endpoint_that_wants_it_gets_it(self, receiver: Receiver) -> None:
        makes = [[], ["scan.completed", "item.hold"], ["item.remove"]]
        everything, scans, _ = [operations.create_endpoint(receiver.url, actor=SYSTEM, events=e)[0] for e in makes]
        off, _ = operations.create_endpoint(receiver.url, actor=SYSTEM)
        operations.disable_endpoint(off.pk, actor=SYSTEM)
        id_ = publish()
        assert set(Delivery.objects.filter(event=id_).values_list("endpoint", flat=True)) == {everything.pk, scans.pk}
        assert waiting("deliver") == [None, None]
        assert Event.objects.get().account == "a-1"

    @pytest.mark.usefixtures("endpoint")
    def test_if_the_transaction_is_rolled_back_nobody_is_told(self) -> None:
        with transaction.atomic():
            operations.publish("item.remove", {})
            transaction.set_rollback(True)
        assert not Event.objects.exists()
        assert not ProcrastinateJob.objects.exists()

    @pytest.mark.usefixtures("endpoint")
    def test_what_ends_harm_has_its_own_lane(self) -> None:
        publish("stream.cut")
        assert (len(waiting("kill")), len(waiting("deliver"))) == (1, 0)

    def test_an_unknown_type_and_too_much_data_are_mistakes(self) -> None:
        with pytest.raises(ValueError, match="no type of event"):
            publish("item.gone")
        with pytest.raises(ValueError, match="20000 bytes"):
            publish(text="\u00e9" * 10_000)


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        operations.publish("item.remove", {})


class TestArriving:
    def test_it_arrives_signed_with_its_id(self, receiver: Receiver) -> None:
        endpoint, key = operations.create_endpoint(receiver.url, actor=SYSTEM)
        id_ = publish(content_id="caf\u00e9")
        deliver(endpoint)
        got = receiver.requests[0]
        told = Webhook(key.secret).verify(got.body, got.headers)
        assert got.headers["webhook-id"] == str(id_)
        assert got.headers["content-type"] == "application/json"
        assert (told["type"], told["data"]) == ("scan.completed", {"content_id": "caf\u00e9"})
        assert datetime.fromisoformat(told["timestamp"]).tzinfo
        delivery = queries.deliveries().get()
        assert (delivery.state, delivery.status, delivery.tries) == (State.DELIVERED, 200, 1)
        assert queries.endpoint_states()[0].word == "working"

    def test_all_that_is_due_goes_in_one_turn_and_in_order(self, endpoint: Endpoint, receiver: Receiver) -> None:
        ids = [str(publish(number=n)) for n in range(5)]
        deliver(endpoint)
        assert [r.headers["webhook-id"] for r in receiver.requests] == ids
        assert receiver.connections == 1

    def test_a_second_job_for_what_was_sent_sends_nothing(self, endpoint: Endpoint, receiver: Receiver) -> None:
        publish()
        deliver(endpoint)
        deliver(endpoint)
        assert len(receiver.requests) == 1

    def test_lanes_do_not_wait_for_one_another(self, endpoint: Endpoint, receiver: Receiver) -> None:
        publish()
        publish("item.remove")
        deliver(endpoint, urgent=True)
        assert [json.loads(r.body)["type"] for r in receiver.requests] == ["item.remove"]

    def test_a_key_that_cannot_be_read_is_told(self, endpoint: Endpoint, receiver: Receiver) -> None:
        endpoint.keys.update(sealed=b"under another key")
        publish()
        deliver(endpoint)
        assert "make a new one" in queries.deliveries().get().error
        assert not receiver.requests


class TestFailing:
    def test_it_is_tried_again_later_with_the_same_id_and_body_and_a_new_time(
        self, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        receiver.answer(Answer(500, b"o\0ps" * 500), 200)
        publish()
        deliver(endpoint)
        delivery = queries.deliveries().get()
        assert (delivery.state, delivery.status, delivery.error) == (State.PENDING, 500, "answered 500")
        attempt = queries.attempts(delivery).get()
        assert len(attempt.answer) == 500
        assert "\0" not in attempt.answer
        assert delivery.due_at in waiting("deliver")
        deliver(endpoint)
        assert len(receiver.requests) == 1, "it is not due yet"
        with later(timedelta(seconds=7)):
            deliver(endpoint)
        first, second = receiver.requests
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 6
        assert [a.status for a in queries.attempts(delivery)] == [500, 200]

    def test_after_a_failure_another_endpoint_has_its_turn(self, endpoint: Endpoint, receiver: Receiver) -> None:
        receiver.answer(500)
        publish()
        publish()
        before = len(waiting("deliver"))
        deliver(endpoint)
        assert len(receiver.requests) == 1
        assert waiting("deliver")[before:].count(None) == 1, "the rest is for the next turn"

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (Answer(302, headers={"Location": "http://127.0.0.1:1/"}), "redirects are not followed"),
            (Answer(404), "answered 404"),
        ],
    )
    def test_only_2xx_is_arrival(self, answer: Answer, says: str, endpoint: Endpoint, receiver: Receiver) -> None:
        receiver.answer(answer)
        publish()
        deliver(endpoint)
        delivery = queries.deliveries().get()
        assert delivery.state == State.PENDING
        assert says in delivery.error
        assert len(receiver.requests) == 1

    def test_nobody_there_is_an_attempt_too(self) -> None:
        endpoint, _ = operations.create_endpoint("http://127.0.0.1:9/", actor=SYSTEM)
        publish()
        deliver(endpoint)
        attempt = Attempt.objects.get()
        assert attempt.status is None
        assert "refused" in attempt.error
        assert queries.endpoint_states()[0].word == "failing"
        assert list(queries.failing_endpoints()) == [endpoint]

    def test_an_endpoint_that_became_private_is_not_reached(self, endpoint: Endpoint) -> None:
        publish()
        Endpoint.objects.update(url="http://10.0.0.1/")
        deliver(endpoint)
        assert "not on the public internet" in queries.deliveries().get().error

    @pytest.mark.parametrize(("status", "waits"), [(429, 90), (503, 90), (500, 5)])
    def test_who_asks_to_wait_is_waited_for(
        self, status: int, waits: int, endpoint: Endpoint, receiver: Receiver
    ) -> None:
        receiver.answer(Answer(status, headers={"Retry-After": "90"}))
        publish()
        at = clock.now()
        with clock.fixed(at):
            deliver(endpoint)
        wait = (queries.deliveries().get().due_at - at).total_seconds()
        assert waits <= wait <= max(waits, 5 * 1.2)

    def test_gone_disables_the_endpoint(self, endpoint: Endpoint, receiver: Receiver) -> None:
        receiver.answer(410)
        publish()
        deliver(endpoint)
        assert "410" in queries.endpoint(endpoint.pk).disabled_reason
        assert Entry.objects.filter(action="endpoint.disable", actor="system:firebreak").exists()
        publish()
        assert Delivery.objects.count() == 1

    @pytest.mark.parametrize(
        ("event", "tries"), [("scan.completed", schedule.STEADY), ("item.remove", schedule.URGENT)]
    )
    def test_after_the_last_try_it_is_given_up_and_can_be_sent_again(
        self, event: str, tries: tuple[int, ...], endpoint: Endpoint
    ) -> None:
        publish(event)
        at = clock.now()
        for _ in tries:
            with clock.fixed(at):
                claimed = operations.claim(endpoint.pk, urgent=event == "item.remove")
                assert claimed
                at = operations.record_attempt(claimed, BROKEN).due_at
        delivery = queries.deliveries(state="dead").get()
        assert delivery.tries == Attempt.objects.count() == len(tries)
        assert queries.endpoint_states()[0].dead == 1
        with clock.fixed(at):
            operations.replay(delivery.pk, actor=SYSTEM)
            again = operations.claim(endpoint.pk, urgent=delivery.urgent)
            assert again == delivery
            assert again.tries == 0
            assert operations.record_attempt(again, FINE).state == State.DELIVERED
        assert Entry.objects.filter(action="delivery.replay").exists()

    def test_what_ends_harm_and_is_late_is_told(self, endpoint: Endpoint) -> None:
        publish("item.remove")
        assert not queries.late_urgent().exists()
        with later(timedelta(seconds=61)):
            assert queries.late_urgent().exists()
            claimed = operations.claim(endpoint.pk, urgent=True)
            assert claimed
            operations.record_attempt(claimed, FINE)
            assert not queries.late_urgent().exists()


class TestReplaying:
    def test_what_arrived_can_be_sent_again_with_the_same_id(self, endpoint: Endpoint, receiver: Receiver) -> None:
        publish()
        deliver(endpoint)
        operations.replay(queries.deliveries().get().pk, actor=SYSTEM)
        deliver(endpoint)
        assert receiver.requests[0].headers["webhook-id"] == receiver.requests[1].headers["webhook-id"]

    @pytest.mark.usefixtures("endpoint")
    def test_what_is_on_its_way_is_not(self) -> None:
        publish()
        with pytest.raises(Conflict, match="on its way"):
            operations.replay(queries.deliveries().get().pk, actor=SYSTEM)

    def test_a_try_that_is_far_off_can_be_had_now(self, endpoint: Endpoint, receiver: Receiver) -> None:
        receiver.answer(500, 200)
        publish()
        deliver(endpoint)
        operations.replay(queries.deliveries().get().pk, actor=SYSTEM)
        deliver(endpoint)
        assert queries.deliveries().get().state == State.DELIVERED

    def test_all_that_was_given_up_at_once(self, endpoint: Endpoint, receiver: Receiver) -> None:
        for event in ("scan.completed", "item.remove", "item.restore"):
            publish(event)
        Delivery.objects.update(state=State.DEAD)
        assert operations.replay_dead(endpoint.pk, actor=SYSTEM) == 3
        deliver(endpoint)
        deliver(endpoint, urgent=True)
        assert len(receiver.requests) == 3


class TestSharing:
    """Workers share what is due."""

    def test_two_never_send_the_same(self, endpoint: Endpoint) -> None:
        publish()
        publish()
        one, two = (operations.claim(endpoint.pk, urgent=False) for _ in range(2))
        assert one
        assert two
        assert one.pk != two.pk

    def test_no_more_than_a_few_at_once_go_to_one_endpoint(self, endpoint: Endpoint) -> None:
        for _ in range(attempts.AT_ONCE + 1):
            publish()
        claimed = [operations.claim(endpoint.pk, urgent=False) for _ in range(attempts.AT_ONCE)]
        assert operations.claim(endpoint.pk, urgent=False) is None
        assert claimed[0]
        operations.record_attempt(claimed[0], FINE)
        assert operations.claim(endpoint.pk, urgent=False)

    def test_failing_endpoints_share_a_few_places_and_the_others_do_not_wait(self, receiver: Receiver) -> None:
        dead = [operations.create_endpoint(receiver.url, actor=SYSTEM)[0] for _ in range(4)]
        well, _ = operations.create_endpoint(receiver.url, actor=SYSTEM)
        Endpoint.objects.exclude(pk=well.pk).update(failing_since=clock.now())
        publish()
        publish("item.remove")
        for urgent in (False, True):
            places = [operations.claim(e.pk, urgent=urgent) for e in dead]
            assert [bool(p) for p in places] == [True] * attempts.STRUGGLING_AT_ONCE + [False] * 2
            assert operations.claim(well.pk, urgent=urgent)

    def test_what_a_dead_worker_had_under_way_is_taken_up_again(self, endpoint: Endpoint) -> None:
        publish()
        claimed = operations.claim(endpoint.pk, urgent=False)
        before = len(waiting("deliver"))
        assert operations.wake_forgotten() == 0
        with later(attempts.LEASE + timedelta(seconds=1)):
            assert operations.wake_forgotten() == 1
            assert operations.claim(endpoint.pk, urgent=False) == claimed
        assert len(waiting("deliver")) == before + 1

    def test_what_lost_its_job_is_found(self, endpoint: Endpoint) -> None:
        publish()
        publish("item.remove")
        with later(attempts.FORGOTTEN + timedelta(seconds=1)):
            assert operations.wake_forgotten() == 2
            assert queries.oldest_due() is not None
            operations.disable_endpoint(endpoint.pk, actor=SYSTEM)
            assert operations.wake_forgotten() == 0
            assert queries.oldest_due() is None

    def test_who_was_deleted_meanwhile_is_not_tried_again(self, endpoint: Endpoint) -> None:
        publish()
        claimed = operations.claim(endpoint.pk, urgent=False)
        assert claimed
        operations.delete_endpoint(endpoint.pk, actor=SYSTEM)
        assert operations.record_attempt(claimed, Outcome(5, status=410)).state == State.DEAD


class TestPruning:
    def test_old_events_go_unless_they_are_on_their_way(self, endpoint: Endpoint) -> None:
        publish()
        deliver(endpoint)
        kept = publish()
        with later(timedelta(days=29)):
            assert operations.prune(30) == 0
        with later(timedelta(days=31)):
            fresh = publish()
            assert operations.prune(30) == 1
            assert set(Event.objects.values_list("pk", flat=True)) == {kept, fresh}
            operations.disable_endpoint(endpoint.pk, actor=SYSTEM)
            assert operations.prune(30) == 1, "nothing is on its way to a disabled endpoint"
        assert not Attempt.objects.exists()
        assert Entry.objects.filter(action="delivery.prune").count() == 2
