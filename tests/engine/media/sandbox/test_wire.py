"""Messages come whole, or as one of three errors; never as anything else, and never late."""

import json
import os
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.engine.media.sandbox.wire import MAX_MESSAGE, Channel, ChannelClosed, Message, ProtocolError


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def packet(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


def outcome(data: bytes) -> Message | type[Exception]:
    """What a channel makes of bytes after which the other side closes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        try:
            return Channel(ours).receive(1.0)
        except (ChannelClosed, ProtocolError) as error:
            return type(error)


def test_messages_arrive_in_order_however_they_are_cut(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    stream = packet(b'{"a":1}') + packet(b'{"b":[2.5,"x"]}')
    for byte in stream[:-1]:
        other.send(bytes([byte]))
    assert channel.receive() == {"a": 1}
    assert channel.receive_now() is None
    other.send(stream[-1:])
    assert channel.receive_now() == {"b": [2.5, "x"]}


def test_a_descriptor_crosses_with_its_message(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    read, write = os.pipe()
    channel.send({"do": "open"}, read, 1.0)
    message, received = Channel(other).receive_with_descriptor()
    assert message == {"do": "open"}
    assert received is not None
    assert os.path.sameopenfile(read, received)
    for descriptor in (read, write, received):
        os.close(descriptor)


def test_waiting_ends(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.send(struct.pack("!I", 5))
    with pytest.raises(TimeoutError):
        channel.receive(0.01)
    with pytest.raises(TimeoutError):
        channel.receive(-1.0)


def test_sending_to_one_who_does_not_read_ends(ends: tuple[Channel, socket.socket]) -> None:
    channel, _ = ends

    def send_much() -> None:
        for _ in range(1000):
            channel.send({"a": "b" * 10_000}, timeout=0.01)

    with pytest.raises(TimeoutError):
        send_much()


def test_the_other_sides_end_is_told(ends: tuple[Channel, socket.socket]) -> None:
    channel, other = ends
    other.close()
    with pytest.raises(ChannelClosed):
        channel.receive(1.0)
    with pytest.raises(ChannelClosed):
        channel.send({"a": 1})


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!I", MAX_MESSAGE + 1),
        b"\xff\xff\xff\xff",
        packet(b"[1]"),
        packet(b"1"),
        packet(b""),
        packet(b'{"a":NaN}'),
        packet(b'{"a":-Infinity}'),
        packet(b'{"a":' + b"9" * 5000 + b"}"),
        packet(b'{"a":' + b"[" * 50_000),
        packet(b'{"a":"\xff"}'),
        packet(b"\x00\x01\x02"),
    ],
)
def test_what_is_no_message_breaks_the_protocol(data: bytes) -> None:
    assert outcome(data) is ProtocolError


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_message_or_an_error(data: bytes) -> None:
    assert outcome(data) in (ChannelClosed, ProtocolError)
    assert outcome(packet(b'{"a":0}') + data) == {"a": 0}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_what_is_sent_is_received(value: object) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Channel(ours).send({"value": value})
        assert Channel(theirs).receive(1.0) == {"value": json.loads(json.dumps(value))}


def test_too_large_a_message_is_not_sent(ends: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(ProtocolError):
        ends[0].send({"a": "b" * MAX_MESSAGE})
