"""The parent's side of one child process: its start, its messages, its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

from firebreak.engine import deadline as deadlines
from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, MediaError
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import anonymous_file, rlimits
from firebreak.engine.media.sandbox.messages import raise_error_in
from firebreak.engine.media.sandbox.ring import RING_BYTES, RingReader
from firebreak.engine.media.sandbox.wire import Channel, ChannelClosed, Message, ProtocolError

DECODERS = "firebreak.engine.media.open"
"""The module whose `preload` and `open_media` do the decoding."""
_BOOT = "import sys; sys.path[:] = sys.argv[4:]; from firebreak.engine.media.sandbox.child import main; main()"
_START_SECONDS = 30.0
_SETTLE_SECONDS = 1.0  # many times what it takes to end any honest stream
_SEND_SECONDS = 5.0  # what a child is sent fits its socket's buffer: one that takes longer hangs
_END_SECONDS = 5.0
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # the interpreter may need them to start


@dataclass(frozen=True, slots=True)
class Setup:
    """How a child is to work; the same for all of a pool."""

    limits: Limits
    opener: str = DECODERS


class ChildProcess:
    """A running child and all that the parent holds of it."""

    def __init__(self, setup: Setup) -> None:
        """Start one, without waiting for it. Raises OSError where the system cannot."""
        self.files = 0
        self._limits = setup.limits
        self._awaited: tuple[str, float] | None = ("ready", time.monotonic() + _START_SECONDS)
        self._broken = False
        ours, theirs = socket.socketpair()
        memory = anonymous_file.shared_memory(RING_BYTES)
        try:
            self.ring = RingReader(memory)
            self._process = _spawn(theirs.fileno(), memory)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(memory)
        self._channel = Channel(ours)
        self.greeting: Message = {}
        with suppress(MediaError):  # one that is gone already is found by `settle`
            self.send({"limits": asdict(setup.limits), "opener": setup.opener})

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it lives and all that was said so far was said to its end."""
        return not self._broken and self._process.poll() is None

    def settle(self, deadline: float | None = None) -> None:
        """Wait until it can take a file: for its start, or for what it still does for the file before.

        Raises MediaError where it does not come to that; ScanDeadline where it may yet.
        """
        if self._awaited:
            kind, until = self._awaited
            try:
                message = self._awaited_message(kind, until if deadline is None else min(until, deadline))
            except TimeoutError:
                deadlines.require(None if time.monotonic() >= until else deadline)
                self.kill()
                raise DecoderFailed("the decoder process was not ready in time") from None
            self.greeting = message if kind == "ready" else self.greeting
            self._awaited = None
        if not self.usable:
            raise self._obituary()

    def _awaited_message(self, kind: str, until: float) -> Message:
        while (message := self.receive(until - time.monotonic())).get("type") != kind:
            if kind == "ready":
                raise_error_in(message)
        return message

    def begin_file(self, descriptor: int) -> None:
        """Hand over a file, with a fresh allowance of processor time. Raises MediaError."""
        self.files += 1
        with suppress(OSError):  # either `send` finds it gone, or the wall clock has to do
            rlimits.limit_processor_time(self.pid, self._limits.cpu_seconds)
        self.send({"do": "open"}, descriptor)

    def end_file(self) -> None:
        """Tell it to close the file; `settle` sees to it that it has. Raises MediaError."""
        self._awaited = ("closed", time.monotonic() + _SETTLE_SECONDS)
        self.send({"do": "close"})

    def send(self, message: Message, descriptor: int | None = None) -> None:
        """Raises MediaError where it is gone or does not listen."""
        with self._whole_message():
            try:
                self._channel.send(message, descriptor, _SEND_SECONDS)
            except TimeoutError:
                raise DecoderFailed("the decoder process does not listen any more") from None

    def receive(self, seconds: float | None) -> Message:
        """Its next message. Raises TimeoutError, after which one may wait on; MediaError where it is gone or breaks
        the protocol."""
        with self._whole_message():
            try:
                return self._channel.receive(seconds)
            except TimeoutError:
                self._broken = False
                raise

    @contextmanager
    def _whole_message(self) -> Iterator[None]:
        # An error, or Ctrl-C in the parent, may leave half a message behind. That costs the child.
        if self._broken:
            raise DecoderFailed("the decoder process was given up")
        self._broken = True
        try:
            yield
        except ChannelClosed:
            raise self._obituary() from None
        except ProtocolError as error:
            raise DecoderFailed(f"the decoder process broke its protocol: {error}") from None
        self._broken = False

    def kill(self) -> None:
        self._broken = True
        self._process.kill()

    def end(self) -> None:
        """Kill it and give back all it holds."""
        self.kill()
        with suppress(subprocess.TimeoutExpired):  # it hangs in the kernel, on a dead network disk perhaps
            self._process.wait(_END_SECONDS)
        self._channel.close()
        del self.ring  # the memory itself lives on while somebody holds a frame

    def _obituary(self) -> MediaError:
        """Why it is gone, for the file that it was reading."""
        try:
            status = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return DecoderFailed("the decoder process closed its connection")
        if status == -signal.SIGXCPU:
            return LimitExceeded(
                "cpu_seconds",
                f"decoding this takes more than the {self._limits.cpu_seconds:g} s of processor time "
                "that one file may have",
            )
        if status < 0:
            return DecoderFailed(f"the decoder process was ended by {_signal_name(-status)}")
        return DecoderFailed(f"the decoder process ended by itself, with status {status}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return f"signal {number}"


def _spawn(channel: int, memory: int) -> "subprocess.Popen[bytes]":
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 - "" is here
    arguments = [str(channel), str(memory), str(os.getpid()), *path]
    return subprocess.Popen(
        [sys.executable, "-I", "-X", "utf8", "-c", _BOOT, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(channel, memory),
        cwd="/",
        env=_environment(),
        start_new_session=True,  # Ctrl-C in a terminal is the parent's to handle
    )


def _environment() -> dict[str, str]:
    # One thread only: a second one would be outside of Landlock, and OpenBLAS starts them when it is loaded.
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
