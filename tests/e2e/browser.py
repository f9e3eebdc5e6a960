"""A real Chromium, headless, and the hands of a person in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import axe_core_python
from playwright.sync_api import Browser, Page, sync_playwright

from tests.server import Server

ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE: Final = Path(axe_core_python.__file__).with_name("axe.min.js")
SERIOUS: Final = frozenset({"serious", "critical"})


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser that the system has."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing: run tests/system-packages as root, or install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, server: Server) -> None:
    """Sign in with what the first start told."""
    page.goto(f"{server.url}/sign-in/")
    page.get_by_label("E-mail address").fill(server.email)
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/")


def complaints(page: Page) -> list[str]:
    """Return what a page's console and scripts complain of, from now on: the list grows."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    return said


def violations(page: Page) -> list[str]:
    """Return what axe finds serious on a page. The page's policy must be bypassed, since axe is no script of ours."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document)")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"] if each["impact"] in SERIOUS
    ]
