"""Requests to addresses that others chose: to the public internet only, bounded in time and bytes.

A name is resolved once, all its addresses are judged, and the connection is made to one of those, so a name that
points elsewhere a moment later gains nothing. Certificates are checked against the name. Redirects are not followed
when delivering; when fetching, each hop is judged anew. No proxy is taken from the environment: it would resolve the
name a second time, unjudged.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import BinaryIO, ClassVar, Final, Self
from urllib.parse import urljoin

import certifi
import httpcore
import httpx

from firebreak import __version__
from firebreak.records.common.errors import Invalid, Problem
from firebreak.records.common.settings import settings
from firebreak.records.delivery import addresses
from firebreak.records.delivery.backend import Deadline, GuardedBackend, Refused, Resolve, resolve

USER_AGENT: Final = f"Firebreak/{__version__}"
CONNECT_SECONDS: Final = 5.0
MOST_HOPS: Final = 3
LONGEST_URL: Final = 2000
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class AddressRefused(Invalid):
    """An address that Firebreak does not connect to."""

    slug = "address-refused"
    title = "Firebreak does not connect there"


class FetchFailed(Problem):
    """What an address names cannot be had."""

    status: ClassVar[int] = 422
    slug = "fetch-failed"
    title = "The address cannot be fetched"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most the bytes that were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was written: from which address in the end, how many bytes, and what it says it is."""

    url: str
    size: int
    content_type: str


@cache
def _tls() -> ssl.SSLContext:
    """Return the authorities of the system, and those that come with us where a system has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be reached: the public internet over https, and the networks `private` over http too."""

    private: Sequence[addresses.Network] = ()
    resolve: Resolve = resolve
    tls: ssl.SSLContext = field(default_factory=_tls)

    def check(self, url: str) -> None:
        """Refuse an address that could not be delivered to. Raises AddressRefused, which says why."""
        parsed = self.parse(url)
        try:
            backend = self.backend(Deadline(CONNECT_SECONDS), private_only=parsed.scheme == "http")
            backend.targets(parsed.host, port(parsed))
        except Refused as problem:
            raise AddressRefused(str(problem), problem.hint, field="url") from None
        except httpcore.NetworkError as problem:
            raise AddressRefused(f"{parsed.host} cannot be found", str(problem), field="url") from None

    def parse(self, url: str) -> httpx.URL:
        """Read an address. Raises AddressRefused for one that is no plain web address."""
        try:
            parsed = httpx.URL(url.strip())
        except (httpx.InvalidURL, ValueError) as problem:
            raise AddressRefused(f"this is no address: {problem}", _EXAMPLE, field="url") from None
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            raise AddressRefused("this is no web address", _EXAMPLE, field="url")
        if len(url) > LONGEST_URL:
            raise AddressRefused(f"the address is over {LONGEST_URL} characters", "use a shorter one", field="url")
        if parsed.userinfo:
            raise AddressRefused("the address holds a password", "leave out what stands before @", field="url")
        return parsed

    def session(self) -> Session:
        """Open a session, which keeps its connections for further requests to the same place."""
        return Session(self)

    def backend(self, deadline: Deadline, *, private_only: bool) -> GuardedBackend:
        """Return what makes this guard's connections."""
        return GuardedBackend(self.resolve, self.private, deadline, private_only)


_EXAMPLE: Final = "use one such as https://platform.example/webhooks"


class Session:
    """Requests through a guard. Not for several threads at once."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._deadline = Deadline(0)
        self._pools: dict[bool, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            pool.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, most: int) -> Answer:
        """Post `body` and read at most `most` bytes of the answer, all within `seconds`.

        Raises AddressRefused, and httpcore's NetworkError, TimeoutException and ProtocolError.
        """
        self._deadline.restart(seconds)
        with self._stream("POST", self._guard.parse(url), headers, body) as response:
            return Answer(response.status, _headers(response), _first(response, most))

    def fetch(self, url: str, *, max_bytes: int, timeout: float, into: BinaryIO) -> Fetched:
        """Write what is at `url` into `into`. Raises AddressRefused, and FetchFailed for all that can go wrong."""
        self._deadline.restart(timeout)
        parsed = self._guard.parse(url)
        try:
            for _ in range(MOST_HOPS + 1):
                with self._stream("GET", parsed, {}, None, public_plain=True) as response:
                    if response.status not in _REDIRECTS:
                        return _write(response, str(parsed), max_bytes, into)
                    parsed = self._next(parsed, _headers(response).get("location", ""))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as problem:
            raise FetchFailed(f"{parsed.host} does not answer as it should", told(problem), field="url") from None
        raise FetchFailed(f"more than {MOST_HOPS} redirects", "name the last address itself", field="url")

    def _next(self, present: httpx.URL, location: str) -> httpx.URL:
        """Return where a redirect leads; away from encryption none is followed."""
        if not location:
            raise FetchFailed("a redirect leads nowhere", "name the file's own address", field="url")
        following = self._guard.parse(urljoin(str(present), location))
        if present.scheme == "https" and following.scheme == "http":
            raise FetchFailed("a redirect leads from https to http", "name the file's own address", field="url")
        return following

    @contextmanager
    def _stream(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes | None, *, public_plain: bool = False
    ) -> Iterator[httpcore.Response]:
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        given = {"host": url.netloc.decode(), "user-agent": USER_AGENT, "accept-encoding": "identity", **headers}
        pool = self._pool(private_only=url.scheme == "http" and not public_plain)
        timeouts = {"connect": CONNECT_SECONDS, "read": self._deadline.left(), "write": self._deadline.left()}
        try:
            with pool.stream(
                method, target, headers=list(given.items()), content=body, extensions={"timeout": timeouts}
            ) as response:
                yield response
        except Refused as problem:
            raise AddressRefused(str(problem), problem.hint, field="url") from None

    def _pool(self, *, private_only: bool) -> httpcore.ConnectionPool:
        if private_only not in self._pools:
            backend = self._guard.backend(self._deadline, private_only=private_only)
            self._pools[private_only] = httpcore.ConnectionPool(
                self._guard.tls, max_connections=1, network_backend=backend
            )
        return self._pools[private_only]


def guard() -> Guard:
    """Return the guard that the settings ask for."""
    return Guard(private=settings().private_targets)


def fetch(url: str, *, max_bytes: int, timeout: float, into: BinaryIO) -> Fetched:
    """Write what is at `url` into `into`: at most `max_bytes`, within `timeout` seconds, from public addresses only.

    Raises AddressRefused and FetchFailed, both problems that can be told to whoever gave the address.
    """
    with guard().session() as session:
        return session.fetch(url, max_bytes=max_bytes, timeout=timeout, into=into)


def port(url: httpx.URL) -> int:
    """Return the port that an address means."""
    return url.port or (443 if url.scheme == "https" else 80)


def told(problem: Exception) -> str:
    """Return what went wrong on the network as a few words; some errors have a name and no text."""
    if isinstance(problem, httpcore.TimeoutException):
        return "no answer in time"
    return str(problem) or type(problem).__name__


def _write(response: httpcore.Response, url: str, most: int, into: BinaryIO) -> Fetched:
    headers = _headers(response)
    if response.status != 200:
        raise FetchFailed(f"the address answers {response.status}", "check that anyone may read it", field="url")
    too_large = FetchFailed(f"what is there is larger than {most} bytes", "send a smaller file", field="url")
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise too_large
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size > most:
            raise too_large
        into.write(chunk)
    return Fetched(url, size, headers.get("content-type", ""))


def _first(response: httpcore.Response, most: int) -> bytes:
    """Read the beginning of an answer; the rest is not waited for."""
    read = bytearray()
    for chunk in response.iter_stream():
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most])


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {name.decode("ascii").lower(): value.decode("latin-1") for name, value in response.headers}
