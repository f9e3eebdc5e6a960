"""What the sandbox really enforces on this host, found out by trying it in a throw-away child."""

import platform
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from firebreak.engine.media.errors import DecoderFailed
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import probe, rlimits
from firebreak.engine.media.sandbox.input_file import input_descriptor
from firebreak.engine.media.sandbox.lockdown import Lockdown
from firebreak.engine.media.sandbox.process import ChildProcess, Setup
from firebreak.engine.media.sandbox.remote import RemoteSource

# What holds where it is enforced, and what does not hold where it is not.
_SENTENCES = {
    "reading": ("A decoder can open no file.", "A decoder could read every file that you can read."),
    "writing": ("A decoder can write no file.", "A decoder could make and remove files where you can."),
    "network": ("A decoder can open no socket.", "A decoder could open network connections."),
    "processes": ("A decoder can start no process.", "A decoder could start processes."),
    "programs": ("A decoder can run no program.", "A decoder could run programs."),
    "signals": ("A decoder can signal no process.", "A decoder could end your other processes."),
    "code": ("A decoder can make no memory executable.", "A decoder could bring machine code of its own."),
    "memory": ("A decoder's memory is bounded.", "A decoder's memory is not bounded."),
    "processor time": (
        "A decoder's processor time is bounded for each file.",
        "A decoder's processor time is not bounded.",
    ),
    "wall time": ("A decoder that makes its parent wait too long is ended.", ""),
    "parent": (
        "A decoder ends in the instant in which its parent ends.",
        "A decoder whose parent has ended goes on until it next has something to say.",
    ),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that a decoder is kept from, or is not on this host."""

    name: str
    enforced: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What holds for every decoder process on this host."""

    system: str
    landlock: int
    """The Landlock ABI in use; 0 where the kernel has none or it is switched off."""
    seccomp: bool
    measures: tuple[Measure, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that the sandbox knows is enforced here."""
        return all(measure.enforced for measure in self.measures)


def enforcement() -> Enforcement:
    """Start a decoder process that tries everything, and report; takes about 0.2 s.

    Raises MediaError where not even that process can work.
    """
    try:
        child = ChildProcess(Setup(Limits(), probe.NAME))
    except OSError as error:
        raise DecoderFailed(f"the decoder process cannot start: {error}") from None
    try:
        child.settle()
        lockdown = Lockdown(**cast("dict[str, Any]", child.greeting["lockdown"]))
        held = _held(child, lockdown)
    finally:
        child.end()
    measures = tuple(
        Measure(name, name in held, holds if name in held else lacks) for name, (holds, lacks) in _SENTENCES.items()
    )
    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    return Enforcement(system, lockdown.landlock, lockdown.seccomp, measures)


def _held(child: ChildProcess, lockdown: Lockdown) -> set[str]:
    """The names of the measures that held."""
    source = RemoteSource(child, Limits())
    with input_descriptor(b"any file") as descriptor:
        source.open(descriptor)
    held = {"wall time", *source.warnings}
    if "AS" in lockdown.limits:
        held.add("memory")
    if rlimits.has_processor_limit(child.pid):
        held.add("processor time")
    if lockdown.dies_with_parent:
        held.add("parent")
    with suppress(DecoderFailed):
        list(source.frames())
        held.add("programs")
    return held
