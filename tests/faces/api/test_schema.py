"""The API keeps to its own description, whatever is sent: no server error, no answer that it does not tell of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

from firebreak.desks.intake import machine
from firebreak.faces.site.wsgi import application
from firebreak.records.banks import library
from tests.cast import Program
from tests.desks.intake.conftest import forget_jobs

pytestmark = pytest.mark.django_db(transaction=True)

# Not among them: what it calls positive data is what JSON Schema can say, and what is refused is more than that.
WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module", autouse=True)
def _decoders() -> Iterator[None]:
    yield
    machine.close()


@pytest.fixture
def token(program: Callable[..., Program]) -> Iterator[dict[str, str]]:
    library.catch_up()
    yield program().headers
    forget_jobs()


load_all_checks()
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@schema.parametrize()
@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_route_keeps_to_its_description(case: Any, token: dict[str, str]) -> None:
    case.call_and_validate(headers=token, checks=CHECKS.get_by_names(WANTED))
