"""Every page answers every role as its mark says, and looks the same to machines: titled, labelled, escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from firebreak.faces.console.shell.headers import HEADERS, POLICY
from firebreak.records.ledger.sequencer import sequence_once
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import ALLOWED, Permission, Role
from tests.faces.console.addresses import OF_ALLAUTH, OPEN, Address, addresses, pages
from tests.faces.console.conftest import World

pytestmark = pytest.mark.django_db

People = Callable[[Role], User]
SignIn = Callable[[User], Client]
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "rect", "line", "polygon"}


def test_every_address_is_a_marked_page_or_known_to_be_open() -> None:
    unmarked = {each.name for each in addresses() if not each.marked}
    assert unmarked == OPEN | OF_ALLAUTH


@pytest.mark.parametrize("role", list(Role))
def test_every_page_answers_a_role_as_its_mark_says(
    role: Role, person: People, signed_in: SignIn, world: World
) -> None:
    sequence_once()
    user = person(role)
    browser = signed_in(user)
    for page in pages():
        path = page.path(world, user)
        for method in ("GET", "POST"):
            status = _status(browser, path, method)
            if _allowed(page, role, method):
                assert status not in {403, 404, 500}, f"{role} {method} {path}: {status}"
            else:
                assert status in {403, 405}, f"{role} {method} {path}: {status}"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(stranger: Client, analyst: User, world: World) -> None:
    for page in pages():
        path = page.path(world, analyst)
        response = stranger.post(path) if page.only_posts else stranger.get(path)
        assert response.status_code == 302, path
        assert response.headers["Location"] == f"/sign-in/?next={path}"


def test_who_was_let_go_is_out_at_once(analyst: User, signed_in: SignIn) -> None:
    browser = signed_in(analyst)
    assert browser.get("/").status_code == 200
    User.objects.filter(pk=analyst.pk).update(is_active=False)
    assert browser.get("/").status_code == 302


def test_pages_are_whole_titled_labelled_and_escaped(administrator: User, signed_in: SignIn, world: World) -> None:
    sequence_once()
    browser = signed_in(administrator)
    for page in pages():
        if page.only_posts:
            continue
        path = page.path(world, administrator)
        response = browser.get(path)
        if not response.headers.get("Content-Type", "").startswith("text/html") or response.status_code != 200:
            continue
        text = response.content.decode()
        problems = _problems(text)
        assert not problems, f"{path}: {problems}"
        for planted in ("wave <1>", "post <1>", "moving <waves>", "<busy>", "<short>"):
            assert planted not in text, f"{path} shows {planted} as it is"


def test_every_answer_carries_the_security_headers(administrator: User, signed_in: SignIn, world: World) -> None:
    browser = signed_in(administrator)
    paths = [page.path(world, administrator) for page in pages()] + ["/sign-in/", "/nope/", "/static/console/keys.js"]
    for path in paths:
        response = browser.get(path)
        for name, value in HEADERS.items():
            assert response.headers[name] == value, f"{path}: {name}"
        if not path.startswith("/static/"):
            assert response.headers["Cache-Control"] == "no-store", path
        _put_away(response)


def test_the_policy_allows_no_inline_script_and_no_frame() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_pages_hold_no_inline_script_or_style(administrator: User, signed_in: SignIn, world: World) -> None:
    browser = signed_in(administrator)
    for page in pages():
        text = _text(browser.get(page.path(world, administrator)))
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), page.name
        assert not re.search(r"\s(style|on\w+)=", text), page.name
        assert "<style" not in text, page.name


def test_static_files_of_the_page_are_there_and_may_be_kept(stranger: Client) -> None:
    text = _text(stranger.get("/sign-in/"))
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
    assert len(found) >= 6
    for path in found:
        response = stranger.get(path)
        assert response.status_code == 200, path
        assert "?" in path
        assert "max-age=31536000" in response.headers["Cache-Control"]
        _put_away(response)


def test_a_row_opens_beside_the_list_and_as_a_page(administrator: User, signed_in: SignIn, world: World) -> None:
    browser = signed_in(administrator)
    path = f"/scans/{world.scan}/"
    beside = _text(browser.get(path, headers={"HX-Request": "true", "HX-Target": "panel"}))
    assert "<html" not in beside
    assert "Open as a page" in beside
    assert "<html" in _text(browser.get(path))


def test_what_is_wrong_is_said_in_our_own_page(analyst: User, signed_in: SignIn, stranger: Client) -> None:
    assert "There is nothing here" in _text(signed_in(analyst).get("/nope/"))
    assert "Your role does not allow this" in _text(signed_in(analyst).get("/tokens/"))
    assert stranger.get("/nope/").status_code == 404


def test_what_programs_ask_for_pays_nothing_for_people(
    administrator: User, signed_in: SignIn, django_assert_num_queries: Any
) -> None:
    browser = signed_in(administrator)
    with django_assert_num_queries(0):
        response = browser.get("/healthz", headers={"Accept-Language": "ar"})
    assert not response.cookies
    assert "Content-Language" not in response.headers
    assert "Content-Security-Policy" not in response.headers


def test_a_body_too_large_is_refused_before_it_is_read(stranger: Client) -> None:
    response = stranger.post("/sign-in/", {"login": "x" * 300_000, "password": "y"})
    assert response.status_code == 413


def _status(browser: Client, path: str, method: str) -> int:
    response = browser.get(path) if method == "GET" else browser.post(path)
    return response.status_code


def _allowed(page: Address, role: Role, method: str) -> bool:
    needed: set[Permission | None] = {page.permission, page.writes if method == "POST" else None}
    may = all(p in ALLOWED[role] for p in needed if p)
    return may and not (method == "GET" and page.only_posts)


def _text(response: Any) -> str:
    return b"".join(response).decode() if response.streaming else response.content.decode()


def _put_away(response: Any) -> None:
    """Close a file that was answered; closing the answer would end the test's connection."""
    for close in response._resource_closers:
        close()


def _problems(text: str) -> list[str]:
    checker = _Checker()
    checker.feed(text)
    return checker.problems()


class _Checker(HTMLParser):
    """Finds tags that are not closed, ids that are there twice, and what has no name."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._ids: list[str] = []
        self._labels: set[str] = set()
        self._fields: list[dict[str, str | None]] = []
        self._found: list[str] = []
        self._seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._seen.append(tag)
        if len(told) != len(attrs):
            self._found.append(f"<{tag}> says something twice")
        if told.get("id"):
            self._ids.append(str(told["id"]))
        if tag == "label":
            self._labels.add(str(told.get("for")))
        if tag in {"input", "select", "textarea"} and told.get("type") not in {"hidden", "submit"}:
            self._fields.append(told)
        if tag == "img" and "alt" not in told:
            self._found.append("a picture without words")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in VOID:
            self._found.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._found.append(f"</{tag}> closes something else")

    def problems(self) -> list[str]:
        unnamed = [f for f in self._fields if f.get("id") not in self._labels and not f.get("aria-label")]
        return [
            *self._found,
            *(f"<{tag}> is never closed" for tag in self._open),
            *(f"id {id_} twice" for id_ in set(self._ids) if self._ids.count(id_) > 1),
            *(f"a field without a label: {field}" for field in unnamed),
            *([] if self._seen.count("h1") == 1 else [f"{self._seen.count('h1')} headings of the first level"]),
            *([] if "title" in self._seen else ["no title"]),
        ]
