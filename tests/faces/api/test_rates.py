"""A token may ask so often and not more."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from django.test import Client

from firebreak.records.common import settings as settings_module
from firebreak.records.common.rates import Rate
from firebreak.records.staff import bearer
from firebreak.records.staff.permissions import Permission
from tests.cast import Program


def test_a_burst_passes_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("firebreak.records.common.rates.time.monotonic", lambda: now[0])
    rate = Rate(per_second=10)
    assert [rate.take("a") for _ in range(20)] == [0.0] * 20
    assert rate.take("a") == pytest.approx(0.1)
    assert rate.take("b") == 0.0
    now[0] += 0.101
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0.0
    now[0] += 3600
    assert [rate.take("a") for _ in range(21)].count(0.0) == 20


def test_beyond_the_rate_one_hears_when_to_come_back(
    client: Client, program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = dataclasses.replace(settings_module.settings(), rate_limit=1)
    monkeypatch.setattr(bearer, "settings", lambda: slow)
    has, other = program(Permission.SCANS_WRITE), program(Permission.SCANS_WRITE)
    answers = [client.get("/api/v1/lookups", headers=has.headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert answers[-1]["Retry-After"] == "1"
    assert "FIREBREAK_RATE_LIMIT" in answers[-1].json()["hint"]
    assert client.get("/api/v1/lookups", headers=other.headers).status_code == 422
