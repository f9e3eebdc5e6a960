"""The child process: loads the decoders, locks itself down, then decodes one file after another.

Its arguments are the numbers of its socket and of the shared memory, and its parent's process id; the
import path follows. docs/reference/sandbox.md describes the conversation.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from dataclasses import asdict
from typing import NoReturn, cast

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox.lockdown import lock_down
from firebreak.engine.media.sandbox.reports import start_report_of
from firebreak.engine.media.sandbox.ring import RingWriter
from firebreak.engine.media.sandbox.session import Opener, Session
from firebreak.engine.media.sandbox.wire import Channel, ChannelClosed


def main() -> NoReturn:
    """Serve the parent until it is gone."""
    descriptor, memory, parent = (int(argument) for argument in sys.argv[1:4])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent decides when a child ends
    channel = Channel(socket.socket(fileno=descriptor))
    try:
        session = _start(channel, RingWriter(memory), parent)
        while session:
            session.serve_file()
    except ChannelClosed:
        pass
    os._exit(0)  # nothing here is worth an orderly shutdown of the interpreter


def _start(channel: Channel, ring: RingWriter, parent: int) -> Session | None:
    setup = channel.receive()
    limits = Limits(**cast("dict[str, float]", setup["limits"]))  # type: ignore[arg-type]  # ints stay ints
    try:
        opener = cast("Opener", importlib.import_module(str(setup["opener"])))
        opener.preload()
        gc.freeze()  # so that collecting after each file looks at that file's objects only
        lockdown = lock_down(parent, limits.memory)
    except Exception as error:  # noqa: BLE001 - whatever a library raises at import, the parent hears of it
        channel.send(start_report_of(error))
        return None
    channel.send({"type": "ready", "lockdown": asdict(lockdown)})
    return Session(channel, ring, opener, limits)
