"""Nobody makes Firebreak connect to where it must not, however they name the place."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.delivery.addresses import is_public
from firebreak.records.delivery.backend import resolve
from firebreak.records.delivery.guard import AddressRefused, Answer, FetchFailed, Guard
from tests.certificates import Authority
from tests.receiver import Answer as Told
from tests.receiver import Receiver, receiving

PUBLIC = "93.184.215.14"
LOCAL = (ip_network("127.0.0.0/8"),)


class Names:
    """A resolver that answers in turn, the last answer for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, seconds: float) -> Sequence[str]:  # noqa: ARG002
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def post(guard: Guard, url: str, *, seconds: float = 5, most: int = 100) -> Answer:
    with guard.session() as session:
        return session.post(url, b"{}", {}, seconds=seconds, most=most)


def fetch(guard: Guard, url: str, *, most: int = 100, seconds: float = 5) -> tuple[bytes, str]:
    into = io.BytesIO()
    with guard.session() as session:
        fetched = session.fetch(url, max_bytes=most, timeout=seconds, into=into)
    assert fetched.size == len(into.getvalue())
    return into.getvalue(), fetched.url


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "192.168.0.1",
        "\uff11\uff12\uff17.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_and_its_neighbours_are_refused(host: str, scheme: str, receiver: Receiver) -> None:
    with pytest.raises(AddressRefused):
        Guard().check(f"{scheme}://{host}/")
    with pytest.raises(AddressRefused):
        post(Guard(), f"{scheme}://{host}:{receiver.port}/")
    with pytest.raises(AddressRefused):
        fetch(Guard(), f"{scheme}://{host}:{receiver.port}/")
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://a.example/",
        "file:///etc/hostname",
        "https://",
        "https:///x",
        "https://a:b@c.example/",
        "//a.example",
        "https://[::1/",
        "https://" + "a" * 2000,
        "https://a.example/\x00",
    ],
)
def test_what_is_no_web_address_is_refused_with_the_field(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Guard(resolve=Names([PUBLIC])).check(url)
    assert refused.value.field == "url"


_URLS = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{}://{}{}".format, st.sampled_from(["http", "https", "HTTPS"]), st.text(max_size=80), st.text(max_size=20)
    ),
)


@given(_URLS)
def test_whatever_is_given_is_an_address_or_refused(url: str) -> None:
    guard = Guard(resolve=Names(["127.0.0.9"]))
    with pytest.raises(AddressRefused) as refused:
        guard.check(url)
    assert refused.value.field == "url"
    with guard.session() as session, pytest.raises(AddressRefused):
        session.post(url, b"", {}, seconds=1, most=1)


@given(st.lists(st.ip_addresses().filter(lambda a: not is_public(a)), min_size=1, max_size=3))
def test_no_name_leads_to_what_is_not_public(found: list[IPv4Address | IPv6Address]) -> None:
    with pytest.raises(AddressRefused):
        post(Guard(resolve=Names([PUBLIC, *map(str, found)])), "https://platform.example/")


def test_a_name_that_does_not_exist_is_told() -> None:
    with pytest.raises(AddressRefused, match="cannot be found"):
        Guard().check("https://platform.invalid/")


def test_a_name_with_one_private_address_is_refused() -> None:
    with pytest.raises(AddressRefused, match="not on the public internet"):
        Guard(resolve=Names([PUBLIC, "10.0.0.1"])).check("https://platform.example/")


def test_unencrypted_goes_to_private_networks_only(receiver: Receiver) -> None:
    with pytest.raises(AddressRefused, match="unencrypted"):
        Guard(resolve=Names([PUBLIC])).check("http://platform.example/")
    Guard(resolve=Names([PUBLIC])).check("https://platform.example/")
    assert post(Guard(private=LOCAL), receiver.url).status == 200


def test_a_name_that_points_elsewhere_a_moment_later_gains_nothing(receiver: Receiver) -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    guard = Guard(resolve=names)
    url = f"https://rebinding.example:{receiver.port}/"
    guard.check(url)
    with pytest.raises(AddressRefused):
        post(guard, url)
    assert receiver.connections == 0


def test_what_is_connected_to_is_what_was_judged(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"], ["203.0.113.1"])
    assert post(Guard(private=LOCAL, resolve=names), receiver.at("platform.example")).status == 200
    assert names.asked == ["platform.example"]
    assert receiver.requests[0].headers["host"] == f"platform.example:{receiver.port}"


def test_the_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    authority = Authority()
    guard = Guard(private=LOCAL, resolve=Names(["127.0.0.1"]), tls=authority.trusted())
    with receiving(authority.server("platform.example", tmp_path)) as receiver:
        assert post(guard, receiver.at("platform.example")).status == 200
        with pytest.raises(httpcore.ConnectError, match="certificate"):
            post(guard, receiver.at("another.example"))
        with pytest.raises(httpcore.ConnectError, match="certificate"):
            post(Guard(private=LOCAL, resolve=Names(["127.0.0.1"])), receiver.at("platform.example"))
    assert len(receiver.requests) == 1


def test_one_connection_serves_several_requests(receiver: Receiver) -> None:
    with Guard(private=LOCAL).session() as session:
        for _ in range(3):
            session.post(receiver.url, b"{}", {}, seconds=5, most=100)
    assert (len(receiver.requests), receiver.connections) == (3, 1)


def test_an_address_that_does_not_answer_leaves_the_next(receiver: Receiver) -> None:
    assert post(Guard(private=LOCAL, resolve=Names(["127.0.0.2", "127.0.0.1"])), receiver.url).status == 200


def test_a_proxy_in_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(Guard(private=LOCAL), receiver.url).status == 200
        assert proxy.connections == 0


def test_redirects_are_not_followed_when_posting(receiver: Receiver) -> None:
    receiver.answer(Told(302, headers={"Location": "/elsewhere"}), 200)
    assert post(Guard(private=LOCAL), receiver.url).status == 302
    assert len(receiver.requests) == 1


def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.answer(Told(200, b"x" * 1_000_000))
    assert post(Guard(private=LOCAL), receiver.url, most=100).body == b"x" * 100


def test_who_drips_is_left_when_the_time_is_over(receiver: Receiver) -> None:
    receiver.answer(Told(200, drip=threading.Event()))
    with pytest.raises(httpcore.TimeoutException):
        post(Guard(private=LOCAL), receiver.url, seconds=0.3, most=10**6)
    with pytest.raises(FetchFailed, match="no answer in time"):
        fetch(Guard(private=LOCAL), receiver.url, seconds=0.3, most=10**6)


def test_who_accepts_and_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(httpcore.TimeoutException):
        post(Guard(private=LOCAL), f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.2)


def test_what_is_no_http_is_an_error_not_an_answer() -> None:
    def greet() -> None:
        with odd.accept()[0] as connection:
            read = b""
            while not read.endswith(b"{}"):
                read += connection.recv(65536)
            connection.sendall(b"220 mail.example\r\n")

    with socket.create_server(("127.0.0.1", 0)) as odd:
        greeting = threading.Thread(target=greet)
        greeting.start()
        with pytest.raises(httpcore.ProtocolError):
            post(Guard(private=LOCAL), f"http://127.0.0.1:{odd.getsockname()[1]}/")
        greeting.join()


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        hung.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(TimeoutError):
        resolve("platform.example", 443, 0.1)
    hung.set()


def test_a_file_is_fetched(receiver: Receiver) -> None:
    receiver.answer(Told(200, b"picture", {"Content-Type": "image/png"}))
    assert fetch(Guard(private=LOCAL), receiver.url) == (b"picture", receiver.url)


def test_redirects_are_followed_when_fetching_and_each_hop_is_judged(receiver: Receiver) -> None:
    receiver.answer(Told(302, headers={"Location": "/file"}), Told(200, b"picture"))
    assert fetch(Guard(private=LOCAL), receiver.url) == (b"picture", receiver.at("127.0.0.1", "/file"))
    for location in (
        receiver.at("127.0.0.2"),
        receiver.at("localhost"),
        "http://169.254.169.254/latest",
        "file:///etc",
    ):
        receiver.answer(Told(302, headers={"Location": location}), Told(200, b"secret"))
        with pytest.raises(AddressRefused):
            fetch(Guard(private=(ip_network("127.0.0.1/32"),), resolve=_plainly), receiver.url)


def _plainly(host: str, port: int, seconds: float) -> Sequence[str]:
    return ["127.0.0.3"] if host == "localhost" else [host]


def test_away_from_encryption_no_redirect_is_followed(tmp_path: Path, receiver: Receiver) -> None:
    authority = Authority()
    guard = Guard(private=LOCAL, resolve=Names(["127.0.0.1"]), tls=authority.trusted())
    with receiving(authority.server("platform.example", tmp_path)) as encrypted:
        encrypted.answer(Told(302, headers={"Location": receiver.url}))
        with pytest.raises(FetchFailed, match="from https to http"):
            fetch(guard, encrypted.at("platform.example"))
    assert not receiver.requests


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Told(404), "answers 404"),
        (Told(200, b"x" * 101), "larger than 100"),
        (Told(200, b"x" * 101, {"Content-Length": "500"}), "larger than 100"),
        (Told(302), "leads nowhere"),
        (Told(302, headers={"Location": "/again"}), "more than 3 redirects"),
    ],
)
def test_what_cannot_be_had_is_told(answer: Told, says: str, receiver: Receiver) -> None:
    receiver.answer(answer)
    with pytest.raises(FetchFailed, match=says) as failed:
        fetch(Guard(private=LOCAL), receiver.url)
    assert failed.value.field == "url"


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchFailed, match="does not answer as it should"):
        fetch(Guard(private=LOCAL), f"http://127.0.0.1:{port}/")
