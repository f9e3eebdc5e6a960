"""The console in a real browser, against the real server: by mouse, by keys alone, and as machines see it."""

from __future__ import annotations

import base64
import hmac
import json
import struct
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.browser import chromium, complaints, sign_in, violations
from tests.server import Server

PATIENCE = 120_000  # ms; a machine may be busy with other tests
LISTS = ("/", "/scans/", "/check/", "/banks/", "/deliveries/", "/ledger/", "/tokens/", "/people/", "/settings/")
OTHERS = (
    "/sign-in/",
    "/keys/",
    "/me/",
    "/me/codes/",
    "/search/?q=example",
    "/banks/example/",
    "/banks/example/edit/",
    "/banks/example/add/file/",
    "/banks/example/add/signals/",
    "/banks/example/import/",
    "/banks/_/new/",
    "/banks/_/which/",
    "/deliveries/endpoints/new/",
    "/ledger/checkpoints/",
    "/ledger/0/",
    "/tokens/new/",
    "/people/new/",
    "/nothing/",
)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "locale": "en-GB", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "locale": "fr-FR", "viewport": {"width": 1280, "height": 800}},
    "phone": {"color_scheme": "light", "locale": "en-GB", "viewport": {"width": 390, "height": 844}},
    "arabic": {"color_scheme": "light", "locale": "ar", "viewport": {"width": 1280, "height": 800}},
    "arabic phone": {"color_scheme": "dark", "locale": "ar", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def session(browser: Browser, server: Server) -> Any:
    """What a browser keeps of someone who has signed in."""
    context = browser.new_context()
    sign_in(context.new_page(), server)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, session: Any) -> Iterator[BrowserContext]:
    made = browser.new_context(storage_state=session, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def code(secret: str, *, steps: int = 0) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_a_reference_by_mouse_then_its_copy_is_blocked(page: Page, server: Server) -> None:
    said = complaints(page)
    example = server.data / "example"
    page.goto(f"{server.url}/banks/")
    page.get_by_role("link", name="example").click()
    page.get_by_role("link", name="Add a file").click()
    page.locator("main").get_by_label("File").set_input_files(example / "reference.mp4")
    page.locator("main").get_by_label("Source").fill("made by hand")
    page.get_by_role("button", name="Add the reference").click()
    expect(page.get_by_text("It is known from now on.")).to_be_visible()
    expect(page.get_by_text("made by hand")).to_be_visible()

    page.goto(f"{server.url}/check/")
    page.locator("main").get_by_label("File").set_input_files(example / "copy.mp4")
    expect(page.locator(".veil video")).to_have_css("filter", "blur(18px) grayscale(1)")
    page.get_by_role("button", name="Check the file").click()
    answer = page.locator("#answer")
    expect(answer.get_by_role("heading", name="Verdict: Block")).to_be_visible(timeout=20_000)
    assert "of the reference" in str(answer.get_by_role("img").first.get_attribute("aria-label"))

    page.locator("main").get_by_label("File").set_input_files(example / "other.mp4")
    page.get_by_role("button", name="Check the file").click()
    expect(answer.get_by_role("heading", name="Verdict: Allow")).to_be_visible(timeout=20_000)
    assert not said

    page.goto(f"{server.url}/scans/")
    expect(page.get_by_text("Nothing has been seen yet")).to_be_visible()  # checking by hand records nothing


def test_a_recorded_check_is_a_scan_with_its_picture(page: Page, server: Server) -> None:
    said = complaints(page)
    page.goto(f"{server.url}/check/")
    page.locator("main").get_by_label("File").set_input_files(server.data / "example" / "copy.mp4")
    page.locator("main").get_by_label("Record it").check()
    page.locator("main").get_by_label("Content id").fill("post-1")
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/scans/*/", timeout=20_000)
    expect(page.get_by_role("heading", name="post-1")).to_be_visible()
    expect(page.get_by_text("of 256 bits differ")).to_be_visible()
    page.goto(f"{server.url}/scans/?verdict=stopped")
    page.get_by_role("link", name="post-1").click()
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name="post-1")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/scans/?verdict=stopped")
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    assert not said


def test_a_veil_is_lifted_only_while_a_key_is_held(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/check/")
    page.locator("main").get_by_label("File").set_input_files(server.data / "example" / "copy.mp4")
    veil = page.locator(".veil")
    page.locator("h1").click()
    page.keyboard.down("Space")
    expect(veil).to_have_attribute("data-step", "1")
    expect(veil).to_have_attribute("data-step", "2")
    page.keyboard.up("Space")
    expect(veil).to_have_attribute("data-step", "0")
    expect(page.locator(".veil video")).to_have_js_property("muted", True)
    expect(page.locator(".veil video")).to_have_js_property("paused", True)


def test_a_reference_is_removed_and_put_back_by_keys_alone(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/banks/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/banks/example/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.get_by_role("button", name="Close")).to_be_focused()
    _tab_to(page, "Remove the reference")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This reference was removed")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("It is known again.")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=example")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/banks/example/")


def test_escape_closes_the_panel_and_gives_the_focus_back(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/people/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel").get_by_role("heading").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator("tr[data-row] a").first).to_be_focused()


def test_the_first_tab_skips_to_the_page_and_focus_can_be_seen(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_language_and_theme_are_chosen_and_kept(browser: Browser, session: Any, server: Server) -> None:
    context = browser.new_context(storage_state=session, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/banks/")
    page.get_by_label("Light or dark").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_label("Language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.goto(f"{server.url}/scans/")
    expect(page.get_by_role("heading", level=1)).to_have_text("الوارد")
    page.locator("#language").select_option("en")
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    page.locator("#language").select_option("fr")
    expect(page.get_by_role("heading", level=1)).to_have_text("Arrivées")
    page.locator("#language").select_option("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Intake")
    context.close()


def test_an_import_shows_how_far_it_is_and_what_was_not_taken(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/banks/example/import/")
    rows = "name,sha256\nfirst," + "ab" * 32 + "\nsecond,nonsense\n"
    page.locator("main").get_by_label("File").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Import the file").click()
    expect(page.get_by_text("Done")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Rows that were not taken")).to_be_visible()


def test_a_bank_is_made_changed_disabled_and_exported(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/banks/_/new/")
    page.locator("main").get_by_label("Name").fill("Not A Name")
    page.get_by_role("button", name="Make the bank").click()
    expect(page.get_by_role("alert")).to_contain_text("lower-case letters")
    page.locator("main").get_by_label("Name").fill("ripples")
    page.locator("main").get_by_label("Class of content").select_option("propaganda")
    page.get_by_role("button", name="Make the bank").click()
    page.get_by_role("link", name="Add signals").click()
    page.locator("main").get_by_label("Signals").fill("sha256 " + "cd" * 32)
    page.get_by_role("button", name="Add the reference").click()
    page.goto(f"{server.url}/banks/ripples/edit/")
    page.locator("main").get_by_label("Block from").fill("0.4")
    page.locator("main").get_by_label("Hold from").fill("0.8")
    page.get_by_role("button", name="Change the bank").click()
    expect(page.get_by_role("alert")).to_be_visible()  # hold above block
    page.get_by_role("button", name="Disable the bank").click()
    expect(page.get_by_text("Nothing of this bank matches any more.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "cd" * 32 in download.value.path().read_text()


def test_a_token_is_shown_once_works_and_is_revoked(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/tokens/new/")
    page.locator("main").get_by_label("Name").fill("by hand")
    page.locator("main").get_by_label("banks:read").check()
    page.get_by_role("button", name="Make the token").click()
    secret = str(page.locator(".once [data-copy]").get_attribute("data-copy"))
    told = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{server.url}/api/v1/banks", headers=told).status_code == 200
    page.goto(f"{server.url}/tokens/")
    assert secret not in page.content()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("row", name="by hand").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("lets nobody in any more")).to_be_visible()
    time.sleep(1)  # tokens are remembered for a second
    assert httpx.get(f"{server.url}/api/v1/banks", headers=told).status_code == 401


def test_proof_of_an_entry_can_be_downloaded(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/ledger/0/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download proof").click()
    assert json.loads(download.value.path().read_text())


@pytest.mark.parametrize("look", list(LOOKS))
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    browser: Browser, session: Any, server: Server, look: str
) -> None:
    context = browser.new_context(storage_state=session, bypass_csp=True, **LOOKS[look])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    found = {}
    others = OTHERS if look in {"light", "arabic phone"} else ()
    for path in (*LISTS, *others, *_details(page, server)):
        page.goto(f"{server.url}{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[path] = violations(page) + ([f"{wide} px too wide"] if wide > 0 else [])
    context.close()
    assert not {path: problems for path, problems in found.items() if problems}


def test_the_policy_stops_what_is_not_ours_and_nothing_of_ours(page: Page, server: Server) -> None:
    said = complaints(page)
    for path in LISTS:
        page.goto(f"{server.url}{path}")
    assert not said
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert said


def test_pages_work_without_scripts(browser: Browser, session: Any, server: Server) -> None:
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{server.url}/people/")
    page.get_by_role("row").get_by_role("link").first.click()
    expect(page.get_by_role("button", name="Change the role")).to_be_visible()
    page.get_by_label("Light or dark").select_option("light")
    page.get_by_role("button", name="Change light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    context.close()


def test_signing_in_with_codes(browser: Browser, fresh_server: Server) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, fresh_server)
    page.get_by_role("link", name="Set up codes").first.click()
    secret = page.locator("main [data-copy]").first.get_attribute("data-copy")
    assert secret
    page.get_by_label("The six digits").fill(code(secret, steps=-1))
    page.get_by_role("button", name="Ask me for codes").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    context.close()

    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{fresh_server.url}/banks/")
    page.get_by_label("E-mail address").fill(fresh_server.email)
    page.get_by_label("Password").fill(fresh_server.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Six-digit code").fill(code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/banks/")
    context.close()


def _details(page: Page, server: Server) -> list[str]:
    """Return the addresses of the first row of each list that has one."""
    found = []
    for path in ("/scans/?verdict=stopped", "/banks/example/", "/people/", "/ledger/"):
        page.goto(f"{server.url}{path}")
        row = page.locator("tr[data-row] th a")
        if row.count():
            found.append(str(row.first.get_attribute("href")))
    return found


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"Tab never reaches {name}")
