"""Endpoints and deliveries over the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from firebreak.records.common.settings import settings
from firebreak.records.delivery import jobs, operations
from firebreak.records.staff.permissions import Permission
from tests.cast import Program
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("FIREBREAK_PRIVATE_TARGETS", "127.0.0.0/8")
    settings.cache_clear()
    with receiving() as receiver:
        yield receiver
    settings.cache_clear()


class Api:
    """The API, as a program with all scopes of delivery sees it."""

    def __init__(self, program: Program) -> None:
        self._client = Client(headers=program.headers)

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = self._client.generic(
            method, f"/api/v1{path}", "" if body is None else json.dumps(body), content_type="application/json"
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def api(program: Callable[..., Program]) -> Api:
    return Api(program(Permission.DELIVERY_READ, Permission.DELIVERY_WRITE))


@pytest.fixture
def made(api: Api, receiver: Receiver) -> dict[str, Any]:
    status, made = api("POST", "/endpoints", {"url": receiver.url, "description": "Uploads"})
    assert status == 201
    return made  # type: ignore[no-any-return]


def test_an_endpoint_is_made_shown_changed_and_deleted(api: Api, made: dict[str, Any]) -> None:
    assert made["key"]["secret"].startswith("whsec_")
    path = f"/endpoints/{made['id']}"
    status, shown = api("GET", path)
    assert status == 200
    assert "whsec_" not in str(shown)
    assert (shown["state"], shown["events"], len(shown["keys"])) == ("unused", [], 1)
    assert api("PATCH", path, {"events": ["item.remove"]})[1]["events"] == ["item.remove"]
    changed = api("PATCH", path, {"enabled": False, "reason": "moving"})[1]
    assert (changed["state"], changed["disabled_reason"], changed["description"]) == ("disabled", "moving", "Uploads")
    assert api("PATCH", path, {"enabled": True})[1]["state"] == "unused"
    assert [e["id"] for e in api("GET", "/endpoints")[1]["endpoints"]] == [made["id"]]
    assert api("DELETE", path) == (204, None)
    assert api("GET", path)[0] == 404
    assert api("GET", "/endpoints")[1] == {"endpoints": []}


def test_a_test_arrives_and_is_shown_with_its_attempt(api: Api, made: dict[str, Any], receiver: Receiver) -> None:
    status, sent = api("POST", f"/endpoints/{made['id']}/test")
    assert (status, sent["state"], sent["event"]) == (202, "pending", "endpoint.test")
    jobs.deliver.func(endpoint=made["id"], urgent=False)
    shown = api("GET", f"/deliveries/{sent['id']}")[1]
    assert (shown["state"], shown["attempts"][0]["status"], shown["next_try_at"]) == ("delivered", 200, None)
    assert receiver.requests[0].headers["webhook-id"] == shown["event_id"]
    assert api("POST", f"/deliveries/{sent['id']}/replay")[1]["state"] == "pending"
    assert api("POST", f"/deliveries/{sent['id']}/replay")[0] == 409


def test_keys_are_made_anew(api: Api, made: dict[str, Any]) -> None:
    status, key = api("POST", f"/endpoints/{made['id']}/keys", {"kind": "v1a", "overlap": 60})
    assert status == 201
    assert key["secret"].startswith("whpk_")
    keys = api("GET", f"/endpoints/{made['id']}")[1]["keys"]
    assert [(k["kind"], bool(k["active_until"])) for k in keys] == [("v1a", False), ("v1", True)]
    assert keys[0]["public"] == key["secret"]
    assert api("POST", f"/endpoints/{made['id']}/keys", {"overlap": -1})[0] == 422


def test_deliveries_are_paged_and_narrowed(api: Api, made: dict[str, Any]) -> None:
    with transaction.atomic():
        for number in range(5):
            operations.publish("item.hold", {"number": number}, account="a-1")
        operations.publish("item.restore", {})
    first = api("GET", "/deliveries?event=item.hold&limit=3")[1]
    rest = api("GET", f"/deliveries?event=item.hold&limit=3&before={first['next']}")[1]
    ids = [d["id"] for d in first["deliveries"] + rest["deliveries"]]
    assert (len(ids), ids, rest["next"]) == (5, sorted(ids, reverse=True), None)
    assert len(api("GET", "/deliveries?account=a-1")[1]["deliveries"]) == 5
    assert len(api("GET", f"/deliveries?endpoint={made['id']}&state=pending")[1]["deliveries"]) == 6
    assert api("GET", "/deliveries?state=dead")[1]["deliveries"] == []
    assert api("GET", "/deliveries?state=lost")[0] == 422
    assert api("POST", f"/endpoints/{made['id']}/replay") == (202, {"deliveries": 0})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": "https://platform.invalid/"}, "url"),
        ({"url": "http://127.0.0.1/", "events": ["item.gone"]}, "events"),
        ({"url": "http://127.0.0.1/", "description": "\0"}, "description"),
        ({"url": "http://127.0.0.1/", "description": "x" * 501}, "description"),
        ({"url": "http://127.0.0.1/", "key": "v2"}, "key"),
        ({"url": "http://127.0.0.1/", "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
)
@pytest.mark.usefixtures("receiver")
def test_what_cannot_be_taken_is_told_with_its_field(body: dict[str, Any], field: str, api: Api) -> None:
    status, problem = api("POST", "/endpoints", body)
    assert (status, problem["field"]) == (422, field)
    assert api("GET", "/endpoints")[1] == {"endpoints": []}


ROUTES = [
    ("GET", "/endpoints", Permission.DELIVERY_READ),
    ("POST", "/endpoints", Permission.DELIVERY_WRITE),
    ("GET", "/endpoints/{id}", Permission.DELIVERY_READ),
    ("PATCH", "/endpoints/{id}", Permission.DELIVERY_WRITE),
    ("DELETE", "/endpoints/{id}", Permission.DELIVERY_WRITE),
    ("POST", "/endpoints/{id}/test", Permission.DELIVERY_WRITE),
    ("POST", "/endpoints/{id}/keys", Permission.DELIVERY_WRITE),
    ("POST", "/endpoints/{id}/replay", Permission.DELIVERY_WRITE),
    ("GET", "/deliveries", Permission.DELIVERY_READ),
    ("GET", "/deliveries/{id}", Permission.DELIVERY_READ),
    ("POST", "/deliveries/{id}/replay", Permission.DELIVERY_WRITE),
]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_each_route_needs_its_scope_and_no_other(
    method: str, path: str, scope: Permission, programs: dict[Permission, Program]
) -> None:
    there = path.format(id=uuid4())
    assert Client().generic(method, f"/api/v1{there}").status_code == 401
    allowed = {p for p in Permission if Api(programs[p])(method, there, {})[0] not in {401, 403}}
    assert allowed == {scope}
