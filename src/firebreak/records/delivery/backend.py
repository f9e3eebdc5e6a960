"""How a guarded connection is made: the name resolved once, every address judged, and time that runs out."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpcore

from firebreak.records.delivery import addresses

Resolve = Callable[[str, int, float], Sequence[str]]
"""From a name, a port and the seconds it may take, to addresses. Raises OSError."""


class Refused(Exception):  # noqa: N818 - what is raised is a refusal
    """An address that must not be connected to."""

    def __init__(self, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.hint = hint


class Deadline:
    """The moment by which a request has to be over, whatever the other side does."""

    def __init__(self, seconds: float) -> None:
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        self._at = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; never 0, which a socket would take for `do not wait`."""
        return max(0.001, self._at - monotonic())

    def over(self) -> bool:
        return monotonic() >= self._at


@dataclass(frozen=True, slots=True)
class GuardedBackend(httpcore.NetworkBackend):
    """Connects for httpcore. With `private_only`, as for what is sent unencrypted, to private networks only."""

    resolve: Resolve
    private: Sequence[addresses.Network]
    deadline: Deadline
    private_only: bool = False

    def targets(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name, all of them judged. Raises Refused, and ConnectError for an unknown name."""
        try:
            found = list(dict.fromkeys(self.resolve(host, port, self.deadline.left())))
        except (OSError, UnicodeError) as problem:
            raise httpcore.ConnectError(f"the name cannot be resolved: {problem}") from None
        for text in found:
            self._judge(host, addresses.read(text))
        return found

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError("the name has no address")
        for target in self.targets(host, port):
            if self.deadline.over():
                raise httpcore.ConnectTimeout
            try:
                seconds = _shorter(timeout, self.deadline)
                made = httpcore.SyncBackend().connect_tcp(target, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                last = problem
            else:
                return _Stream(made, self.deadline)
        raise last

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        raise Refused(f"{path} is a socket of this machine")

    def _judge(self, host: str, address: addresses.Address) -> None:
        if addresses.is_within(address, self.private):
            return
        if not addresses.is_public(address):
            raise Refused(
                f"{host} is not on the public internet",  # where it is instead is not for everyone to know
                "whoever runs Firebreak can allow the range in FIREBREAK_PRIVATE_TARGETS",
            )
        if self.private_only:
            raise Refused(f"{host} would be told over the open internet unencrypted", "use https")


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing lasts beyond the deadline, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._deadline.over():
            raise httpcore.ReadTimeout
        return self._inner.read(max_bytes, _shorter(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._deadline.over():
            raise httpcore.WriteTimeout
        self._inner.write(buffer, _shorter(timeout, self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _shorter(timeout, self._deadline))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _shorter(timeout: float | None, deadline: Deadline) -> float:
    return deadline.left() if timeout is None else min(timeout, deadline.left())


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system's resolver, which knows no time limit itself. Raises OSError."""
    answer: list[list[str] | OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as problem:
            answer.append(problem)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answer:
        raise TimeoutError("the resolver does not answer")
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]
