"""The API's documentation names every route, its scope, and every field of the answer."""

from __future__ import annotations

import re

import pytest

from firebreak.desks.intake.schemas import ScanFields, ScanOut
from firebreak.faces.api.app import api
from firebreak.faces.api.openapi import operations, permission
from tests.docs.test_docs import DOCS

TEXT = (DOCS / "reference" / "api.md").read_text()
ROUTES = {
    (method, re.sub(r"\{\w+:(\w+)\}", r"{\1}", path), str(permission(operation)))
    for method, path, operation in operations(api)
}


def test_the_table_of_routes_is_the_list_of_routes() -> None:
    assert set(re.findall(r"^\| `([A-Z]+)` \| `(/[^`]*)` \| `([a-z:]+)` \|", TEXT, re.MULTILINE)) == ROUTES


@pytest.mark.parametrize("field", [*ScanFields.model_fields, *ScanOut.model_fields])
def test_every_field_of_a_scan_is_documented(field: str) -> None:
    assert f"`{field}`" in TEXT or f'"{field}"' in TEXT
