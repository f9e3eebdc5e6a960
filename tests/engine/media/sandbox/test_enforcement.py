"""The report says what holds here, and what would not on a lesser host; the documentation names all of it."""

from dataclasses import fields
from pathlib import Path

import pytest

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import landlock, probe
from firebreak.engine.media.sandbox.enforcement import enforcement
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.sandbox.seccomp import MACHINES
from tests.engine.media.sandbox import openers_unguarded

DOCUMENT = (Path(__file__).parents[4] / "docs/reference/sandbox.md").read_text(encoding="utf-8")


def test_all_is_enforced_where_the_kernel_has_all() -> None:
    report = enforcement()
    assert report.complete
    assert report.seccomp
    assert report.landlock == landlock.abi()
    assert {measure.name for measure in report.measures} >= {*probe.ATTEMPTS, "programs"}


def test_what_a_kernel_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "NAME", openers_unguarded.NAME)
    report = enforcement()
    assert not report.complete
    assert (report.landlock, report.seccomp) == (0, False)
    held = {measure.name for measure in report.measures if measure.enforced}
    assert held.isdisjoint({"reading", "writing", "network", "programs", "signals", "code"})
    assert held >= {"memory", "processor time", "wall time", "parent"}
    assert all(" could " in measure.sentence for measure in report.measures if not measure.enforced)


def test_files_are_read_even_so() -> None:
    with DecoderPool(opener=openers_unguarded.NAME) as pool, pool.open(b"x") as source:
        assert source.info.container == "probe"


def test_the_document_names_each_measure_each_limit_and_each_call() -> None:
    rows = [line.split("|")[1].strip() for line in DOCUMENT.splitlines() if line.startswith("| ")]
    assert set(rows) >= {measure.name for measure in enforcement().measures}
    defaults = {field.name: field.default for field in fields(Limits)}
    assert set(rows) >= {f"`{name}`" for name in defaults}
    for machine in MACHINES.values():
        for call in {*machine.allowed, *machine.maps, "tgkill"}:
            assert f"`{call}`" in DOCUMENT
