"""The ledger's key is made once, for its owner alone, and never replaced by itself."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from firebreak.records.common.settings import SettingError, Settings, load
from firebreak.records.ledger import key

SEED = bytes(range(32))


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], None]:
    return lambda settings: monkeypatch.setattr(key, "settings", lambda: settings)


def test_a_key_is_made_at_first_use_and_kept(tmp_path: Path, using: Callable[[Settings], None]) -> None:
    using(Settings(data=tmp_path / "new"))
    made = key.signer("a").verifier
    assert key.signer("a").verifier == made
    file = tmp_path / "new" / "ledger.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["ledger.key"]


def test_of_many_first_uses_one_key_stays(tmp_path: Path, using: Callable[[Settings], None]) -> None:
    using(Settings(data=tmp_path))
    with ThreadPoolExecutor(8) as pool:
        verifiers = set(pool.map(lambda _: key.signer("a").verifier, range(32)))
    assert len(verifiers) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.key"]


def test_a_key_can_be_given(tmp_path: Path, using: Callable[[Settings], None]) -> None:
    given = load({"FIREBREAK_DATA": str(tmp_path), "FIREBREAK_LEDGER_KEY": base64.b64encode(SEED).decode()})
    using(given)
    assert given.ledger_key == SEED
    key.signer("a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "x", "A" * 40, "\N{BLACK STAR}"])
def test_a_broken_file_is_not_replaced(tmp_path: Path, using: Callable[[Settings], None], text: str) -> None:
    using(Settings(data=tmp_path))
    (tmp_path / "ledger.key").write_text(text)
    with pytest.raises(key.LedgerKeyError, match="backup"):
        key.signer("a")
    assert (tmp_path / "ledger.key").read_text() == text


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "firebreak.local/ledger"),
        ({"FIREBREAK_URL": "https://fb.example.org"}, "fb.example.org/ledger"),
        ({"FIREBREAK_URL": "https://example.org:8443/fb/"}, "example.org:8443/fb/ledger"),
        ({"FIREBREAK_URL": "https://user:x@example.org/a+b"}, "example.org/a-b/ledger"),
        ({"FIREBREAK_URL": "https://fb.example.org", "FIREBREAK_LEDGER_ORIGIN": "log.example.org"}, "log.example.org"),
    ],
)
def test_the_ledger_is_named_as_set_or_after_the_address(environment: dict[str, str], name: str) -> None:
    assert key.origin(load(environment)) == name


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FIREBREAK_LEDGER_KEY", "AAAA"),
        ("FIREBREAK_LEDGER_KEY", "not base64"),
        ("FIREBREAK_LEDGER_ORIGIN", "two words"),
        ("FIREBREAK_LEDGER_ORIGIN", "a+b"),
        ("FIREBREAK_LEDGER_ORIGIN", ""),
    ],
)
def test_what_makes_no_sense_is_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable):
        load({variable: value})
