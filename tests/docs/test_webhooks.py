"""What is delivered, and what asks, is documented as it is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from firebreak import client
from firebreak.records.delivery import schedule
from firebreak.records.delivery.events import EVENT_TYPES, EventType

DOCS = Path(__file__).parents[2] / "docs"
WEBHOOKS = (DOCS / "reference" / "webhooks.md").read_text()
CLIENT = (DOCS / "reference" / "client.md").read_text()


def section(name: str) -> str:
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", WEBHOOKS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference/webhooks.md has no section on {name}"
    return found.group(1)


@pytest.mark.parametrize("type_", EVENT_TYPES.values(), ids=lambda type_: type_.name)
def test_every_event_is_documented_with_its_fields_and_no_others(type_: EventType) -> None:
    text = section(type_.name)
    rows = "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", rows)) == set(type_.fields)
    assert ("`urgent`" in text) == type_.urgent


def test_no_event_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"^### `(.*?)`", WEBHOOKS, re.MULTILINE)) == set(EVENT_TYPES)


def test_the_schedule_is_documented() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    row = re.search(r"^\| most events \| (.*?):", WEBHOOKS, re.MULTILINE)
    assert row
    told = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)", row.group(1))]
    assert told == list(schedule.STEADY)


def test_every_method_of_the_client_is_documented() -> None:
    methods = {name for name, _ in inspect.getmembers(client.Client, inspect.isfunction) if not name.startswith("_")}
    assert set(re.findall(r"^\| `(\w+)\(", CLIENT, re.MULTILINE)) == methods
    errors = {
        name for name in client.__all__ if inspect.isclass(e := getattr(client, name)) and issubclass(e, Exception)
    }
    assert [name for name in errors if f"`{name}`" not in CLIENT] == []


@pytest.mark.parametrize("example", sorted((DOCS / "examples").glob("*.py")), ids=lambda path: path.name)
def test_examples_are_shown_as_they_are_run(example: Path) -> None:
    assert f"```python\n{example.read_text()}```" in (DOCS / "how-to" / "ask-before-publishing.md").read_text()
