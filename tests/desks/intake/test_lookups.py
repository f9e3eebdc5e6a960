"""Looking signals up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firebreak.engine.signals.pdq import from_hex, to_hex
from firebreak.records.banks import library
from firebreak.records.banks import operations as banks
from firebreak.records.banks.models import Bank, Reference
from firebreak.records.common.actor import SYSTEM
from firebreak.records.content.models import Scan
from tests.desks.intake.conftest import Platform

CODE = "f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22"
SHA = "ab" * 32
MD5 = "cd" * 16


@pytest.fixture
def known(bank: Bank) -> Reference:
    banks.add_reference_from_signals(bank, [("md5", MD5)], actor=SYSTEM, name="old")
    pairs = [("pdq", CODE), ("sha256", SHA)]
    added = banks.add_reference_from_signals(bank, pairs, actor=SYSTEM, name="known", kind="image")
    library.catch_up()
    return added.reference


def flipped(bits: int) -> str:
    code = from_hex(CODE).copy()
    for bit in range(bits):
        code[bit % 4] ^= np.uint64(1) << np.uint64(7 * bit % 61)
    return to_hex(code)


@pytest.mark.parametrize(("kind", "value"), [("pdq", CODE), ("sha256", SHA), ("sha256", SHA.upper())])
def test_a_known_signal_is_found(platform: Platform, known: Reference, kind: str, value: str) -> None:
    told = platform.get(f"/lookups?kind={kind}&value={value}").json()
    assert told == {"matches": [{"reference": str(known.public_id), "name": "known", "bank": "refs", "distance": 0}]}


def test_a_file_known_by_an_md5_alone_is_found(platform: Platform, known: Reference) -> None:
    (match,) = platform.get(f"/lookups?kind=md5&value={MD5}").json()["matches"]
    assert (match["name"], match["distance"]) == ("old", 0)


def test_the_distance_is_told(platform: Platform, known: Reference) -> None:
    (match,) = platform.get(f"/lookups?kind=pdq&value={flipped(9)}").json()["matches"]
    assert match["distance"] == 9


def test_a_picture_beyond_the_radius_is_none(platform: Platform, known: Reference) -> None:
    assert platform.get(f"/lookups?kind=pdq&value={flipped(32)}").json() == {"matches": []}


def test_a_batch_is_answered_in_its_order(platform: Platform, known: Reference) -> None:
    signals = [("md5", MD5), ("pdq", "0" * 64), ("pdq", flipped(3)), ("sha256", "00" * 32), ("pdq", CODE)]
    body = {"signals": [{"kind": kind, "value": value} for kind, value in signals]}
    matches = platform.post("/lookups", body).json()["matches"]
    assert [[match["distance"] for match in each] for each in matches] == [[0], [], [3], [], [0]]


def test_of_the_frames_of_a_reference_the_nearest_counts(platform: Platform, bank: Bank) -> None:
    pairs = [("pdq", CODE), ("pdq", flipped(5))]
    banks.add_reference_from_signals(bank, pairs, actor=SYSTEM, name="clip", kind="video", duration=4.0)
    library.catch_up()
    matches = platform.get(f"/lookups?kind=pdq&value={flipped(5)}").json()["matches"]
    assert [match["distance"] for match in matches] == [0]


def test_a_thousand_are_taken_and_more_are_not(platform: Platform, known: Reference) -> None:
    one = {"kind": "pdq", "value": CODE}
    assert len(platform.post("/lookups", {"signals": [one] * 1000}).json()["matches"]) == 1000
    answer = platform.post("/lookups", {"signals": [one] * 1001})
    assert (answer.status_code, answer.json()["field"]) == (413, "signals")
    assert platform.post("/lookups", {"signals": []}).json() == {"matches": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "signals"),
        ({}, "signals"),
        ({"signals": "pdq"}, "signals"),
        ({"signals": [1]}, "signals"),
        ({"signals": [{"kind": "pdq"}]}, "signals"),
        ({"signals": [{"kind": "pdq", "value": CODE}, {"kind": "pdq", "value": 1}]}, "signals.1.value"),
        ({"signals": [{"kind": "pdq", "value": "0" * 63 + "g"}]}, "signals.0.value"),
        ({"signals": [{"kind": [], "value": CODE}]}, "signals.0.kind"),
        ({"signals": [{"kind": "vpdq", "value": CODE}]}, "signals.0.kind"),
    ],
)
def test_what_is_no_signal_is_named(asker: Platform, body: Any, field: str) -> None:
    answer = asker.post("/lookups", body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "query", ["", "?kind=pdq", f"?value={CODE}", "?kind=pdq&value=12", f"?kind=phash&value={CODE}"]
)
def test_a_look_up_of_what_is_no_signal_is_refused(asker: Platform, query: str) -> None:
    assert asker.get(f"/lookups{query}").status_code == 422


def test_a_reference_of_a_bank_that_is_switched_off_is_not_found(
    platform: Platform, bank: Bank, known: Reference
) -> None:
    banks.disable_bank(bank, actor=SYSTEM)
    assert platform.get(f"/lookups?kind=pdq&value={CODE}").json() == {"matches": []}


def test_looking_up_writes_nothing_and_asks_the_database_only_for_names(platform: Platform, known: Reference) -> None:
    platform.get(f"/lookups?kind=pdq&value={CODE}")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        platform.get(f"/lookups?kind=pdq&value={'0' * 64}")
        platform.get(f"/lookups?kind=sha256&value={SHA}")
    assert not asked.captured_queries  # the one for names goes past Django
    assert not Scan.objects.exists()


def test_ready_made_signals_are_a_scan(platform: Platform, known: Reference) -> None:
    body = {"signals": [{"kind": "sha256", "value": SHA}], "content_id": "post-9", "surface": "feed"}
    told = platform.post("/scans", body).json()
    assert (told["verdict"], told["findings"][0]["kinds"]) == ("block", ["sha256"])
    assert told["media"] == {"source": "signals"}
    assert Scan.objects.get().item.content_id == "post-9"


def test_a_ready_made_code_is_held_or_blocked_like_the_picture_itself(platform: Platform, known: Reference) -> None:
    near = platform.post("/scans", {"signals": [{"kind": "pdq", "value": flipped(4)}]}).json()
    far = platform.post("/scans", {"signals": [{"kind": "pdq", "value": "0" * 64}]}).json()
    assert near["verdict"] in {"block", "hold"}
    assert near["findings"][0]["distance"] == 4
    assert (far["verdict"], far["findings"]) == ("allow", [])
