"""What the console's tests share: something of everything in the database."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.core.cache import cache

from firebreak.records.banks import operations as banks
from firebreak.records.banks.models import Bank, Import, Reference
from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id
from firebreak.records.content import operations as content
from firebreak.records.content.outcome import Asked, Found, Outcome
from firebreak.records.delivery.models import Attempt, Delivery, Endpoint, EndpointKey, Event
from firebreak.records.ledger.models import Entry
from firebreak.records.staff import operations as staff
from firebreak.records.staff.models import ApiToken

CODE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


@dataclass(frozen=True, slots=True)
class World:
    """One of everything that a page can show."""

    bank: Bank
    reference: Reference
    taking_in: Import
    scan: UUID
    endpoint: Endpoint
    delivery: Delivery
    token: ApiToken
    entry: Entry


@pytest.fixture(autouse=True)
def _no_attempts_yet(db: None) -> None:
    """Forget attempts to sign in that another test has committed: their table is no model, so no flush empties it."""
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    bank = banks.create_bank("waves", actor=SYSTEM, description="moving <waves>", label="attack-footage")
    added = banks.add_reference_from_signals(
        bank, [("pdq", CODE), ("sha256", "ab" * 32)], actor=SYSTEM, name="wave <1>"
    )
    begun = banks.start_import(bank, filename="waves.csv", size=10, actor=SYSTEM)
    scan = _scan(added.reference)
    endpoint = Endpoint.objects.create(url="https://platform.example.org/events", description="the platform")
    EndpointKey.objects.create(endpoint=endpoint, kind="v1", sealed=b"sealed")
    event = Event.objects.create(type="scan.completed", data={"verdict": "block"}, account="ann")
    delivery = Delivery.objects.create(event=event, endpoint=endpoint, state="dead", error="refused")
    Attempt.objects.create(delivery=delivery, at=now(), status=503, milliseconds=12, answer="<busy>")
    token, _ = staff.create_token("upload gate", ["scans:write"], actor=SYSTEM)
    entry = Entry.objects.order_by("pk")[0]
    return World(bank, added.reference, begun, scan, endpoint, delivery, token, entry)


def _scan(reference: Reference) -> UUID:
    segment = {"query": [0.0, 4.0], "reference": [2.0, 7.0], "speed": 1.25, "mirrored": True, "kind": "video"}
    found = Found(
        reference=reference.pk,
        reference_id=reference.public_id,
        reference_name=reference.name,
        bank="waves",
        label="attack-footage",
        confidence=0.9999,
        kinds=["pdq"],
        segments=[segment],
        distance=12,
        radius=48,
    )
    rule = {"origin": "table", "label": "attack-footage", "verdict": "block", "min_confidence": 0.99}
    decision = {"rule": rule, "bank": "waves", "reference": "wave <1>", "confidence": 0.9999, "because": "it was found"}
    media = {"kind": "video", "duration": 8.0, "bytes": 1000, "width": 160, "height": 90, "warnings": ["<short>"]}
    outcome = Outcome("block", 0.9999, decision=decision, media=media, ms=3.2, findings=[found])
    id_ = new_id()
    asked = Asked(str(SYSTEM), "post <1>", "ann", "feed")
    content.record_answered(id_, asked, outcome, at=now(), actor=SYSTEM)
    return id_
