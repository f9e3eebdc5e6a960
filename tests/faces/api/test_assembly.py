"""What holds for the whole API: problems, request ids, documentation."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from firebreak.faces.api.docs import POLICY
from firebreak.records.content import queries
from tests.cast import Program


def test_an_address_that_does_not_exist_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 404
    assert problem["detail"]
    assert "/api/v1/docs" in problem["hint"]


def test_addresses_outside_a_version_are_problems_too(client: Client) -> None:
    answer = client.get("/api/v9/scans")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_every_answer_carries_a_request_id_of_its_own(client: Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert UUID(answer["X-Request-ID"]).version == 7
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_the_callers_request_id_is_kept(client: Client) -> None:
    assert client.get("/api/v1/nowhere", headers={"X-Request-ID": "upload-42"})["X-Request-ID"] == "upload-42"


@pytest.mark.parametrize("sent", ["", " ", "a b", "x" * 101, 'a"b', "-dash-first", "\u00e9"])
def test_a_request_id_that_nobody_should_log_is_replaced(client: Client, sent: str) -> None:
    got = client.get("/api/v1/nowhere", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert UUID(got).version == 7


def test_answers_are_neither_kept_nor_guessed_at(client: Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_host_that_is_not_ours_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json", headers={"Host": "elsewhere.example"})
    assert answer.status_code in {200, 400}  # what asks for the host decides
    assert answer.status_code == 200 or answer["Content-Type"] == "application/problem+json"


def test_the_description_is_openapi_and_names_the_problem(client: Client) -> None:
    told = client.get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert "Problem" in told["components"]["schemas"]
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_the_documentation_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/v1/docs")
    assert page["Content-Security-Policy"] == POLICY
    text = page.content.decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "/api/v1/openapi.json" in text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-init.js"):
        assert finders.find(f"ninja/{name}")
        assert f"ninja/{name}" in text


def test_there_is_no_inline_script(client: Client) -> None:
    text = client.get("/api/v1/docs").content.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert "style=" not in text


def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are(client: Client) -> None:
    answer = client.delete("/api/v1/scans")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert "POST" in answer["Allow"]
    assert "Allow" in answer.json()["hint"]


@pytest.mark.django_db
def test_a_mistake_inside_tells_nothing_but_the_request_id(
    client: Client, program: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: UUID) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(queries, "scan", fail)
    answer = client.get(f"/api/v1/scans/{UUID(int=7)}", headers=program().headers)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"swordfish" not in answer.content
    assert b"Traceback" not in answer.content
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_body_of_json_that_is_too_large_is_a_problem(client: Client, program: Callable[..., Program]) -> None:
    body = b'{"signals": [' + b" " * 3_000_000 + b"]}"
    answer = client.post("/api/v1/lookups", body, "application/json", headers=program().headers)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
