"""The client: one method a question. It may be used from several threads."""

from __future__ import annotations

import io
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self
from urllib.parse import quote

import httpx

from firebreak import __version__
from firebreak.client import retrying
from firebreak.client.errors import ProblemError, Unfinished
from firebreak.client.results import Match, Reference, Scan, Signal

File = str | Path | bytes | BinaryIO
_IN_MEMORY: Final = 1 << 20
_FIRST_POLL: Final = 0.2
_LONGEST_POLL: Final = 5.0


class Client:
    """Asks a Firebreak at `url`, such as `https://firebreak.example.org`, with an API token (`fbt_...`).

    `timeout` is how long an answer may take, in seconds, beside the time that a scan is to be waited for. What fails
    for a reason that may pass is asked up to `retries` times more; a scan that is asked again is still one scan.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        longest_wait: float = 30.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._retries = retries
        self._longest_wait = longest_wait
        headers = {"Authorization": f"Bearer {token}", "User-Agent": f"firebreak-client/{__version__}"}
        base = f"{url.rstrip('/')}/api/v1"
        self._http = httpx.Client(base_url=base, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def scan_file(
        self,
        file: File,
        *,
        content_id: str | None = None,
        account_id: str | None = None,
        surface: str | None = None,
        wait: float = 5.0,
        key: str | None = None,
    ) -> Scan:
        """Ask about a file: a path, bytes, or something open for reading, which is read from its beginning.

        `content_id` and `account_id` are the platform's own; the same content again is the same item. `wait` is how
        many seconds to wait for the verdict of a video or sound; the scan is `pending` where that did not suffice.
        `key` makes calls that a crash separates one scan; by itself each call is one. Raises FirebreakError.
        """
        fields = _given(content_id=content_id, account_id=account_id, surface=surface, wait=str(wait))
        with _seekable(file) as (name, content):
            return self._scan(wait, key, lambda: {"data": fields, "files": {"file": (name, content)}})

    def scan_url(
        self,
        url: str,
        *,
        content_id: str | None = None,
        account_id: str | None = None,
        surface: str | None = None,
        wait: float = 5.0,
        key: str | None = None,
    ) -> Scan:
        """Ask about what is at an address, which Firebreak fetches if its operator allows that. As `scan_file`."""
        body = _given(url=url, content_id=content_id, account_id=account_id, surface=surface, wait=wait)
        return self._scan(wait, key, lambda: {"json": body})

    def scan_signals(
        self,
        signals: Iterable[Signal],
        *,
        content_id: str | None = None,
        account_id: str | None = None,
        surface: str | None = None,
        key: str | None = None,
    ) -> Scan:
        """Ask about an item by fingerprints that were made elsewhere, without sending it. As `scan_file`."""
        told = [{"kind": each.kind, "value": each.value} for each in signals]
        body = _given(signals=told, content_id=content_id, account_id=account_id, surface=surface)
        return self._scan(0, key, lambda: {"json": body})

    def get_scan(self, id: str) -> Scan:  # noqa: A002 - what it is
        """Read a scan as it stands. Raises FirebreakError."""
        return Scan.read(self._ask("GET", f"/scans/{_quoted(id)}"))

    def wait_for(self, scan: Scan | str, *, timeout: float = 600.0) -> Scan:
        """Read a scan until it is done. Raises Unfinished after `timeout` seconds, and FirebreakError."""
        if isinstance(scan, Scan):
            if not scan.pending or scan.id is None:
                return scan
            scan = scan.id
        until, pause = time.monotonic() + timeout, _FIRST_POLL
        while (read := self.get_scan(scan)).pending:
            if time.monotonic() + pause > until:
                raise Unfinished(f"scan {scan} is not done after {timeout:g} seconds")
            time.sleep(pause)
            pause = min(_LONGEST_POLL, pause * 1.5)
        return read

    def lookup(self, signals: Iterable[Signal]) -> list[list[Match]]:
        """Return what each of up to 1,000 signals matches, the nearest first. Nothing is written down."""
        told = [{"kind": each.kind, "value": each.value} for each in signals]
        answer = self._ask("POST", "/lookups", lambda: {"json": {"signals": told}})
        return [[Match.read(match) for match in matches] for matches in answer["matches"]]

    def create_bank(self, name: str, *, description: str | None = None, label: str | None = None) -> None:
        """Make an empty bank; `label` is the code of the class of content that it holds. Raises FirebreakError."""
        self._ask("POST", "/banks", lambda: {"json": _given(name=name, description=description, label=label)})

    def add_reference(
        self, bank: str, file: File, *, name: str | None = None, note: str | None = None, source: str | None = None
    ) -> Reference:
        """Add a file to a bank by its fingerprints; the same again is the same reference. Raises FirebreakError."""
        with _seekable(file) as (file_name, content):
            fields = _given(name=name or file_name, note=note, source=source)
            path = f"/banks/{_quoted(bank)}/references"
            answer = self._ask("POST", path, lambda: {"data": fields, "files": {"file": (file_name, content)}})
        return Reference.read(answer, bank)

    def add_reference_signals(
        self,
        bank: str,
        signals: Iterable[Signal],
        *,
        name: str | None = None,
        note: str | None = None,
        source: str | None = None,
    ) -> Reference:
        """Add a reference of which only fingerprints are known. Raises FirebreakError."""
        told = [{"kind": each.kind, "value": each.value} for each in signals]
        body = _given(signals=told, name=name, note=note, source=source)
        return Reference.read(self._ask("POST", f"/banks/{_quoted(bank)}/references", lambda: {"json": body}), bank)

    def remove_reference(self, bank: str, id: str) -> None:  # noqa: A002
        """Remove a reference: within a second it matches nothing any more. Raises FirebreakError."""
        self._ask("DELETE", f"/banks/{_quoted(bank)}/references/{_quoted(id)}")

    def restore_reference(self, bank: str, id: str) -> Reference:  # noqa: A002
        """Have a reference that was removed match again. Raises FirebreakError."""
        path = f"/banks/{_quoted(bank)}/references/{_quoted(id)}/restore"
        return Reference.read(self._ask("POST", path), bank)

    def _scan(self, wait: float, key: str | None, parts: Callable[[], dict[str, Any]]) -> Scan:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return Scan.read(self._ask("POST", "/scans", parts, headers=headers, beside=wait))

    def _ask(
        self,
        method: str,
        path: str,
        parts: Callable[[], dict[str, Any]] = dict,
        *,
        headers: Mapping[str, str] | None = None,
        beside: float = 0.0,
    ) -> Any:
        """Return the JSON of an answer. `parts` makes the body anew for each try."""
        response = retrying.ask(
            lambda: self._http.request(method, path, headers=headers, timeout=self._timeout + beside, **parts()),
            retries=self._retries,
            longest_wait=self._longest_wait,
        )
        if response.is_success:
            return response.json() if response.content else None
        raise ProblemError(response.status_code, _problem(response))


def _problem(response: httpx.Response) -> dict[str, Any]:
    try:
        told = response.json()
    except ValueError:
        return {}  # a proxy's own page
    return told if isinstance(told, dict) else {}


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@contextmanager
def _seekable(file: File) -> Iterator[tuple[str, BinaryIO]]:
    """Open what is given so that it can be sent again, and its length told beforehand."""
    if isinstance(file, str | Path):
        with Path(file).open("rb") as opened:
            yield Path(file).name, opened
    elif isinstance(file, bytes):
        yield "upload", io.BytesIO(file)
    elif file.seekable():
        yield _name(file), file
    else:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            shutil.copyfileobj(file, kept)
            yield _name(file), kept  # type: ignore[misc] # it has all that is used


def _name(file: BinaryIO) -> str:
    name = getattr(file, "name", "")
    return Path(name).name if isinstance(name, str) and name else "upload"
