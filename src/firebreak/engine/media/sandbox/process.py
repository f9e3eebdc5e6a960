"""The parent's side of one child process: its start, its messages, its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from firebreak.engine.media.errors import DecoderFailed, LimitExceeded, MediaError
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import anonymous_file, rlimits
from firebreak.engine.media.sandbox.reports import error_of
from firebreak.engine.media.sandbox.ring import RING_BYTES, RingReader
from firebreak.engine.media.sandbox.wire import Channel, ChannelClosed, Message, ProtocolError

_BOOT = (
    "import sys; sys.path[:] = sys.argv[4:]; "
    "from firebreak.engine.media.sandbox.child import main; main()"
)
_START_SECONDS = 30.0
_SETTLE_SECONDS = 0.25  # less than a new child takes
_SEND_SECONDS = 5.0  # a child that reads nothing for so long hangs: what it is sent fits the socket's buffer
_INHERITED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # an interpreter may need them to start


@dataclass(frozen=True, slots=True)
class Setup:
    """How a child is to work; the same for all of a pool."""

    limits: Limits
    opener: str = "firebreak.engine.media.open"
    """The module with `preload` and `open_media`."""


class ChildProcess:
    """A running child and all that the parent holds of it.

    Its methods raise what `Channel` raises. `usable` is False from the first message that was not read to
    its end, so that an interrupt in the middle of one costs the child and never the next file.
    """

    def __init__(self, setup: Setup) -> None:
        """Start one, without waiting for it. Raises OSError where the system cannot."""
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
        self._awaited = "ready"
        self._wait_seconds = _START_SECONDS
        ...
