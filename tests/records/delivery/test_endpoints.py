"""Endpoints are made, changed and ended by verbs that the ledger remembers; secrets are shown once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection

from firebreak.records.common import clock
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Conflict, Invalid, NotFound
from firebreak.records.common.ids import new_id
from firebreak.records.delivery import operations, queries
from firebreak.records.delivery.guard import AddressRefused
from firebreak.records.delivery.models import Delivery, Endpoint, EndpointKey, KeyKind, State
from firebreak.records.delivery.sealing import CannotUnseal, seal, unseal
from firebreak.records.delivery.sending import keys_of
from firebreak.records.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_targets")]

URL = "http://127.0.0.1:9/hooks"


def entries() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


def test_an_endpoint_is_made_with_a_key_and_an_entry() -> None:
    endpoint, key = operations.create_endpoint(URL, actor=SYSTEM, description="Uploads", events=["item.remove"])
    assert queries.endpoint(endpoint.pk).events == ["item.remove"]
    assert key.secret.startswith("whsec_")
    assert key.secret not in repr(key)
    assert entries() == ["endpoint.create"]
    assert key.secret not in str(Entry.objects.get().payload)


def test_of_a_key_pair_only_the_public_half_is_ever_shown() -> None:
    _, key = operations.create_endpoint(URL, actor=SYSTEM, kind=KeyKind.ED25519)
    assert key.secret == key.key.public
    assert key.secret.startswith("whpk_")


def test_no_secret_stands_in_the_database() -> None:
    _, key = operations.create_endpoint(URL, actor=SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM delivery_endpointkey")
        sealed = bytes(cursor.fetchone()[0])
    assert key.secret.encode() not in sealed
    assert unseal(sealed) == key.secret


def test_what_was_sealed_is_read_after_the_secret_key_changed(settings: LazySettings) -> None:
    sealed = seal("whsec_x")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 8
    assert unseal(sealed) == "whsec_x"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(CannotUnseal):
        unseal(sealed)


@pytest.mark.parametrize("url", ["http://192.168.0.1/", "https://10.0.0.1/", "ftp://127.0.0.1/", "nonsense"])
def test_no_endpoint_where_firebreak_does_not_connect(url: str) -> None:
    with pytest.raises(AddressRefused):
        operations.create_endpoint(url, actor=SYSTEM)
    assert not Endpoint.objects.exists()
    assert entries() == []


def test_an_unknown_type_of_event_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match=r"item\.remove") as refused:
        operations.create_endpoint(URL, actor=SYSTEM, events=["item.gone"])
    assert refused.value.field == "events"


def test_only_what_is_given_is_changed() -> None:
    made, _ = operations.create_endpoint(URL, actor=SYSTEM, description="Uploads", events=["item.remove"])
    changed = operations.change_endpoint(made.pk, actor=SYSTEM, events=[])
    assert (changed.url, changed.description, changed.events) == (URL, "Uploads", [])
    changed = operations.change_endpoint(made.pk, actor=SYSTEM, url=f"{URL}/2", description="")
    assert (changed.url, changed.description) == (f"{URL}/2", "")
    with pytest.raises(AddressRefused):
        operations.change_endpoint(made.pk, actor=SYSTEM, url="https://10.0.0.1/")
    assert entries() == ["endpoint.create", "endpoint.change", "endpoint.change"]


def test_a_disabled_endpoint_gets_nothing_new_and_what_is_on_its_way_waits() -> None:
    made, _ = operations.create_endpoint(URL, actor=SYSTEM)
    waiting = operations.send_test(made.pk, actor=SYSTEM)
    operations.disable_endpoint(made.pk, actor=SYSTEM, reason="moving")
    operations.disable_endpoint(made.pk, actor=SYSTEM, reason="again")
    assert operations.claim(made.pk, urgent=False) is None
    with pytest.raises(Conflict):
        operations.send_test(made.pk, actor=SYSTEM)
    assert queries.endpoint(made.pk).disabled_reason == "moving"
    operations.enable_endpoint(made.pk, actor=SYSTEM)
    assert operations.claim(made.pk, urgent=False) == waiting
    assert entries() == ["endpoint.create", "endpoint.test", "endpoint.disable", "endpoint.enable"]


def test_a_deleted_endpoint_is_gone_with_its_keys_and_what_it_got_can_be_looked_up() -> None:
    made, _ = operations.create_endpoint(URL, actor=SYSTEM)
    delivery = operations.send_test(made.pk, actor=SYSTEM)
    operations.delete_endpoint(made.pk, actor=SYSTEM)
    assert not EndpointKey.objects.exists()
    assert queries.endpoint_states() == []
    assert queries.delivery(delivery.pk).state == State.DEAD
    with pytest.raises(NotFound):
        operations.delete_endpoint(made.pk, actor=SYSTEM)
    with pytest.raises(Conflict, match="deleted"):
        operations.replay(delivery.pk, actor=SYSTEM)


def test_an_old_key_signs_beside_the_new_one_until_its_time_is_over() -> None:
    made, first = operations.create_endpoint(URL, actor=SYSTEM)
    second = operations.rotate_key(made.pk, actor=SYSTEM, overlap=timedelta(hours=1))
    now = clock.now()
    assert [key.secret for key in keys_of(made, now)] == [second.secret, first.secret]
    assert [key.secret for key in keys_of(made, now + timedelta(hours=2))] == [second.secret]
    third = operations.rotate_key(made.pk, actor=SYSTEM, overlap=timedelta(0), kind=KeyKind.ED25519)
    assert [key.public for key in keys_of(made, clock.now())] == [third.secret]


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)])
def test_keys_overlap_for_a_month_at_most(overlap: timedelta) -> None:
    made, _ = operations.create_endpoint(URL, actor=SYSTEM)
    with pytest.raises(Invalid, match="overlap"):
        operations.rotate_key(made.pk, actor=SYSTEM, overlap=overlap)


def test_what_does_not_exist_is_told() -> None:
    for verb in (operations.change_endpoint, operations.disable_endpoint, operations.rotate_key, operations.send_test):
        with pytest.raises(NotFound):
            verb(new_id(), actor=SYSTEM)
    with pytest.raises(NotFound):
        operations.replay(new_id(), actor=SYSTEM)
    with pytest.raises(NotFound):
        operations.replay_dead(new_id(), actor=SYSTEM)
    assert not Delivery.objects.exists()
