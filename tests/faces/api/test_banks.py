"""Banks over the API, as a program uses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from firebreak.desks.intake import machine
from firebreak.records.banks import jobs, library
from firebreak.records.banks.models import Import
from firebreak.records.common.settings import settings
from firebreak.records.staff.permissions import Permission
from tests import media
from tests.cast import Program
from tests.records.banks.drafts import pdq_hex

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def _decoders() -> Iterator[None]:
    yield
    machine.close()


class Api:
    """The API, as a program with both scopes of banks sees it."""

    def __init__(self, program: Program) -> None:
        self._client = Client(headers=program.headers)

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        content = "" if body is None else json.dumps(body)
        answer = self._client.generic(method, f"/api/v1{path}", content, content_type="application/json")
        return answer.status_code, answer.json() if answer.content else None

    def upload(self, path: str, content: bytes, filename: str, /, **told: str) -> tuple[int, Any]:
        answer = self._client.post(f"/api/v1{path}", {"file": SimpleUploadedFile(filename, content), **told})
        return answer.status_code, answer.json()

    def text(self, path: str) -> str:
        answer: Any = self._client.get(f"/api/v1{path}")
        assert answer.status_code == 200
        return b"".join(answer.streaming_content).decode()


@pytest.fixture
def api(program: Callable[..., Program]) -> Api:
    return Api(program(Permission.BANKS_READ, Permission.BANKS_WRITE))


@pytest.fixture
def bank(api: Api) -> str:
    status, made = api("POST", "/banks", {"name": "patterns", "description": "Moving", "hold_at": 0.9})
    assert (status, made["references"], made["enabled"], made["hold_at"]) == (201, 0, True, 0.9)
    return "/banks/patterns"


def test_a_bank_is_listed_read_changed_and_disabled(api: Api, bank: str) -> None:
    status, shown = api("PATCH", bank, {"label": "pattern", "hold_at": None, "enabled": False, "reason": "a test"})
    assert (status, shown["label"], shown["hold_at"], shown["enabled"]) == (200, "pattern", None, False)
    assert shown["description"] == "Moving"
    assert api("GET", bank) == (200, shown)
    assert api("GET", "/banks") == (200, {"banks": [shown]})
    assert api("GET", "/banks/others")[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "No Good"}, "name"),
        ({}, "name"),
        ({"name": "a", "block_at": 2}, "block_at"),
        ({"name": "a", "block_at": 0.5, "hold_at": 0.6}, "hold_at"),
        ({"name": "a", "colour": "red"}, "colour"),
        ({"name": "a", "description": "\0"}, "description"),
    ],
)
def test_a_bank_that_cannot_be_made(api: Api, body: dict[str, Any], field: str) -> None:
    status, problem = api("POST", "/banks", body)
    assert (status, problem["field"]) == (422, field)


def test_a_bank_is_made_once(api: Api, bank: str) -> None:
    assert api("POST", "/banks", {"name": "patterns"})[0] == 409


def test_signals_are_added_read_removed_and_restored(api: Api, bank: str) -> None:
    body = {"name": "one", "source": "a partner", "signals": [{"kind": "pdq", "value": pdq_hex(1)}]}
    status, made = api("POST", f"{bank}/references", body)
    assert (status, made["new"], made["kind"], made["signals"]) == (201, True, "image", 1)
    status, again = api("POST", f"{bank}/references", body | {"name": "two"})
    assert (status, again["new"], again["id"]) == (200, False, made["id"])
    path = f"{bank}/references/{made['id']}"
    assert api("GET", path)[1]["source"] == "a partner"
    assert api("DELETE", f"{path}?reason=a+mistake") == (204, None)
    assert api("DELETE", path) == (204, None)
    assert api("GET", path)[1]["removed_because"] == "a mistake"
    assert api("GET", f"{bank}/references")[1]["references"] == []
    assert len(api("GET", f"{bank}/references?removed=true")[1]["references"]) == 1
    status, back = api("POST", f"{path}/restore")
    assert (status, back["removed_at"]) == (200, None)
    assert api("GET", bank)[1]["references"] == 1
    assert api("GET", f"{bank}/references/{uuid4()}")[0] == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"signals": []}, "signals"),
        ({"signals": [{"kind": "pdq", "value": "zz"}]}, "signals[0]"),
        ({"signals": [{"kind": "phash", "value": "00"}]}, "signals.0.kind"),
        ({"signals": [{"kind": "pdq", "value": pdq_hex(1)}], "duration": -1}, "duration"),
        ([], None),
        ("text", None),
    ],
)
def test_signals_that_cannot_be_added(api: Api, bank: str, body: Any, field: str | None) -> None:
    status, problem = api("POST", f"{bank}/references", body)
    assert status == 422
    assert field is None or problem["field"] == field


def test_references_are_listed_page_by_page(api: Api, bank: str) -> None:
    for number in range(5):
        api(
            "POST", f"{bank}/references", {"name": f"n{number}", "signals": [{"kind": "pdq", "value": pdq_hex(number)}]}
        )
    names, after = [], ""
    while True:
        page = api("GET", f"{bank}/references?limit=2{after}")[1]
        names += [one["name"] for one in page["references"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert names == ["n4", "n3", "n2", "n1", "n0"]
    found = api("GET", f"{bank}/references?text=N3")[1]["references"]
    assert [one["name"] for one in found] == ["n3"]


@pytest.mark.django_db(transaction=True)
def test_a_file_is_added_and_its_copy_tells_which_it_is(api: Api, bank: str, tmp_path: Path) -> None:
    media.write_still(tmp_path / "one.png", 1, (640, 480))
    media.write_still(tmp_path / "copy.jpg", 1, (320, 240), quality=70)
    one, copy = (tmp_path / "one.png").read_bytes(), (tmp_path / "copy.jpg").read_bytes()
    status, made = api.upload(f"{bank}/references", one, "one.png", name="one", note="a pattern")
    assert (status, made["kind"], made["note"], made["warnings"]) == (201, "image", "a pattern", [])
    assert api.upload(f"{bank}/references", one, "one.png")[0] == 200
    library.catch_up()
    status, found = api.upload("/references/search", copy, "copy.jpg")
    assert status == 200
    (match,) = found["matches"]
    assert match["reference"]["id"] == made["id"]
    assert match["confidence"] > 0.99
    by_signal = api("POST", "/references/search", {"signals": [{"kind": "sha256", "value": made["sha256"]}]})[1]
    assert [m["distance"] for m in by_signal["matches"]] == [0]
    status, problem = api.upload(f"{bank}/references", b"no picture at all", "words.txt")
    assert (status, problem["field"]) == (422, "file")
    assert api.upload(f"{bank}/references", b"", "nothing.png")[0] == 422
    assert api.upload(f"{bank}/references", one, "one.png", colour="red")[0] == 422


def test_an_import_is_begun_done_and_told_of(api: Api, bank: str) -> None:
    table = f"pdq,name\n{pdq_hex(1)},one\nzz,two\n".encode()
    status, begun = api.upload(f"{bank}/import", table, "list.csv", source="a partner")
    assert (status, begun["status"], begun["progress"]) == (202, "waiting", 0.0)
    stored = Import.objects.get()
    assert jobs.spooled(stored).read_bytes() == table
    jobs.take_in(import_id=begun["id"], actor=["system", "firebreak", "Firebreak"])
    jobs.take_in(import_id=begun["id"], actor=["system", "firebreak", "Firebreak"])
    status, done = api("GET", f"/imports/{begun['id']}")
    assert (done["status"], done["progress"], done["references_added"], done["rejected"]) == ("done", 1.0, 1, 1)
    assert [(row["row"], row["field"]) for row in done["report"]] == [(3, "pdq")]
    assert not jobs.spooled(stored).exists()
    assert api("GET", f"{bank}/imports")[1]["imports"] == [done]
    assert api("GET", f"/imports/{uuid4()}")[0] == 404
    assert json.loads(api.text(f"{bank}/export"))["source"] == "a partner"
    assert api.text(f"{bank}/export?form=csv").count("\n") == 2


def test_an_import_whose_file_was_lost_says_so(api: Api, bank: str) -> None:
    begun = api.upload(f"{bank}/import", b"pdq\n", "list.csv")[1]
    jobs.spooled(Import.objects.get()).unlink()
    jobs.take_in(import_id=begun["id"], actor=["system", "firebreak", "Firebreak"])
    assert api("GET", f"/imports/{begun['id']}")[1]["status"] == "failed"


@pytest.mark.parametrize(
    ("name", "told"), [("list.xlsx", {}), ("list.csv", {"form": "xlsx"}), ("list.csv", {"x": "1"})]
)
def test_an_import_that_cannot_begin(api: Api, bank: str, name: str, told: dict[str, str]) -> None:
    assert api.upload(f"{bank}/import", b"pdq\n", name, **told)[0] == 422
    assert not Import.objects.exists()
    assert not list((settings().data / "spool" / "imports").glob("*"))


def test_odd_requests_are_answered(api: Api, bank: str) -> None:
    assert api("POST", f"{bank}/import", {})[0] == 415
    assert api("GET", f"{bank}/export?form=xlsx")[0] == 422
    assert api("GET", f"{bank}/references?text=%00")[0] == 422
    assert api("GET", f"{bank}/references?after=99999999999999999999")[0] == 422
    assert api("DELETE", f"{bank}/references/{uuid4()}?reason=%00")[0] == 404
