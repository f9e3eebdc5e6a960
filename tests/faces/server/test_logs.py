"""What is secret is blotted out."""

from __future__ import annotations

import structlog

from firebreak.faces.server.logs import conceal


def test_secrets_are_blotted_out_at_any_depth() -> None:
    event = {
        "event": "x",
        "password": "p",
        "api_token": "t",
        "headers": {"Authorization": "Bearer b", "Host": "h"},
        "thread": "work",
        "tokens": 3,
    }
    assert conceal(structlog.get_logger(), "info", event) == {
        "event": "x",
        "password": "***",
        "api_token": "***",
        "headers": {"Authorization": "***", "Host": "h"},
        "thread": "work",
        "tokens": 3,
    }
