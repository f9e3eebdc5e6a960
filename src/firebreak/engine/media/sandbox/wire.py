"""JSON messages behind a four-byte length, over a stream socket. Neither side trusts the other's framing."""

import json
import socket
import struct
import time

__all__ = ["MAX_MESSAGE", "Channel", "ChannelClosed", "Message", "ProtocolError"]

Message = dict[str, object]

MAX_MESSAGE = 128 * 1024
"""Bytes of one message without its length."""
_LENGTH = struct.Struct("!I")
_CHUNK = 64 * 1024


class ChannelClosed(Exception):  # noqa: N818 - says what happened
    """The other side is gone."""


class ProtocolError(Exception):
    """The other side sent what nobody may send; `str()` says what."""


class Channel:
    """One end of a socket pair. All waiting ends at its timeout with TimeoutError."""

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream
        self._received = bytearray()

    def send(self, message: Message, descriptor: int | None = None, timeout: float | None = None) -> None:
        """Send one message, with a file descriptor if one is given.

        Raises ChannelClosed, TimeoutError.
        """
        body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
        if len(body) > MAX_MESSAGE:
            raise ProtocolError(f"a message of {len(body)} bytes was to be sent")
        packet = _LENGTH.pack(len(body)) + body
        self._wait_at_most(timeout)
        try:
            if descriptor is not None:
                sent = socket.send_fds(self._socket, [packet], [descriptor])
                packet = packet[sent:]
            self._socket.sendall(packet)
        except (BrokenPipeError, ConnectionResetError):
            raise ChannelClosed from None

    def receive(self, timeout: float | None = None) -> Message:
        """The next message. Raises ChannelClosed, TimeoutError, ProtocolError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (message := self._parsed()) is None:
            self._wait_at_most(None if deadline is None else deadline - time.monotonic())
            self._take(self._read())
        return message

    def receive_now(self) -> Message | None:
        """The next message if all of it is already here, else None. Raises as `receive`."""
        if (message := self._parsed()) is None:
            try:
                self._take(self._read(socket.MSG_DONTWAIT))
            except BlockingIOError:
                return None
            message = self._parsed()
        return message

    def receive_with_descriptor(self) -> tuple[Message, int | None]:
        """The next message and the file descriptor that came with it. Raises as `receive`; no timeout."""
        descriptor = None
        while (message := self._parsed()) is None:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _CHUNK, 1)
            descriptor = descriptors[0] if descriptors else descriptor
            self._take(data)
        return message, descriptor

    def close(self) -> None:
        self._socket.close()

    def _wait_at_most(self, seconds: float | None) -> None:
        """Bound the next call on the socket. A child, which may not even do that, never asks for it."""
        if seconds is not None:
            if seconds <= 0:
                raise TimeoutError
            self._socket.settimeout(seconds)

    def _read(self, flags: int = 0) -> bytes:
        try:
            return self._socket.recv(_CHUNK, flags)
        except ConnectionResetError:
            return b""

    def _take(self, data: bytes) -> None:
        if not data:
            raise ChannelClosed
        self._received += data

    def _parsed(self) -> Message | None:
        if len(self._received) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._received)
        if length > MAX_MESSAGE:
            raise ProtocolError(f"it announced a message of {length} bytes")
        end = _LENGTH.size + length
        if len(self._received) < end:
            return None
        body = bytes(self._received[_LENGTH.size : end])
        del self._received[:end]
        return _decoded(body)


def _decoded(body: bytes) -> Message:
    try:
        message = json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise ProtocolError("it sent a message that is not JSON") from None
    if not isinstance(message, dict):
        raise ProtocolError("it sent a message that is not an object")
    return message


def _refused(constant: str) -> None:
    raise ValueError(constant)
