"""A finding says which reference it is, how near it came, and no more than the contract to the outside."""

from __future__ import annotations

import numpy as np

from firebreak.engine.banks.reference import Reference
from firebreak.engine.findings import Finding
from firebreak.engine.known import Entry
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import candidates
from firebreak.engine.search import Search
from firebreak.engine.telling import findings, same_file
from tests.engine.shown import CODES, FIRST, Library, pictures


def found(seen: Pictures) -> list[Finding]:
    return findings(candidates(seen, Search(Library()), still=True), seen, 0.0)


def test_references_of_one_name_are_told_apart_by_their_rows_and_those_that_are_gone_left_out() -> None:
    told = found(pictures(*CODES))
    assert {(f.key, f.bank) for f in told} == {(FIRST, "one"), (FIRST + 1, "two"), (FIRST + 2, "two")}
    assert {f.reference for f in told} == {"same name"}


def test_a_finding_explains_how_near_it_is() -> None:
    (finding,) = found(pictures(CODES[0] ^ np.uint64(0b1011)))
    (segment,) = finding.segments
    assert (finding.distance, segment.distance, segment.pictures, segment.kind) == (12, 12, 1, "image")


def test_the_very_same_file_has_no_distance() -> None:
    finding = same_file(7, Entry("bank", Reference("r", "video", 12.345, sha256="0" * 64)))
    assert (finding.key, finding.distance, finding.kinds) == (7, 0, ("sha256",))
    assert finding.segments[0].reference == (0.0, 12.35)


def test_what_is_told_is_the_contract() -> None:
    (finding,) = found(pictures(CODES[0]))
    segment = {"query": [0.0, 0.0], "reference": [0.0, 0.0], "speed": 1.0, "mirrored": False, "kind": "image"}
    assert finding.told() == {
        "reference": "same name",
        "bank": "one",
        "confidence": 0.9999,
        "kinds": ["pdq"],
        "segments": [segment],
    }
