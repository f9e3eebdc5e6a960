"""What is committed is known, and what is removed is not."""

from __future__ import annotations

import pytest

from firebreak.records.banks import library, operations, queries
from firebreak.records.common.actor import SYSTEM
from tests.records.banks.drafts import pdq_hex

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reference_is_known_once_added_and_forgotten_once_removed() -> None:
    bank = operations.create_bank("patterns", actor=SYSTEM)
    added = operations.add_reference_from_signals(bank, [("pdq", pdq_hex(1))], actor=SYSTEM, name="one")
    library.catch_up()
    assert [m.reference.name for m in queries.which_has([("pdq", pdq_hex(1))])] == ["one"]

    operations.remove_reference(added.reference, actor=SYSTEM)
    assert queries.which_has([("pdq", pdq_hex(1))]) == []
    library.catch_up()
    assert queries.which_has([("pdq", pdq_hex(1))]) == []

    operations.restore_reference(added.reference, actor=SYSTEM)
    library.catch_up()
    assert [m.reference.name for m in queries.which_has([("pdq", pdq_hex(1))])] == ["one"]
