"""From a packet's time stamps, which may be missing, stuck, jumping or lies, to seconds that only go forward."""

from typing import Any, TypeAlias

from av.packet import Packet
from av.stream import Stream

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.guard import note

AnyPacket: TypeAlias = "Packet[Any]"  # subscriptable in its stub only

_REORDERED = 16  # packets that may pass without a newer time stamp: the deepest reordering of any codec
_REORDERED_SECONDS = 10.0  # how far apart decoding and presentation of a frame can be
_BACKWARD = 1.0  # seconds that time stamps may step back before they count as started again
_DEFAULT_RATE = 25.0


class Timeline:
    """Reads and repairs the time stamps of one stream's packets, in the order in which they are stored.

    Where they start again (joined recordings) or stand still, they are moved on so that time continues at the
    stream's rate. Second 0 is the first packet's time, or `origin` (ticks) if given.
    """

    def __init__(self, stream: Stream, longest: float, warnings: list[str], origin: int | None = None) -> None:
        self.tick = float(stream.time_base or 1 / 90_000)
        self.period = 1 / frame_rate(stream)
        self._step = max(1, round(self.period / self.tick))
        self._reach = round(_REORDERED_SECONDS / self.tick)
        self.origin = origin
        self.end = 0.0
        """Seconds: where the last packet so far ends."""
        self.broken = False
        """Whether time stamps had to be moved, so that the container's own idea of time is of no use."""
        self._longest = longest
        self._warnings = warnings
        self._newest: int | None = None
        self._moved = 0
        self._lag = 0
        self._stale = 0
        self._patience = _REORDERED

    def place(self, packet: AnyPacket) -> float:
        """Return a packet's second, and give the packet repaired time stamps for the decoder to hand on.

        Raises LimitExceeded beyond the longest duration.
        """
        mark = packet.dts if packet.dts is not None else packet.pts
        if mark is None:
            note(self._warnings, "time stamps are missing; times follow from the frame rate")
            self._newest = mark = 0 if self._newest is None else self._newest + self._step
            packet.dts = shown = mark
        else:
            self._follow(mark)
            shown = self._presented(packet, mark) + self._moved
            packet.dts = mark + self._moved
        if packet.pts is not None or packet.is_keyframe:
            packet.pts = shown  # else the decoder's reordering tells more than a guess here
        if self.origin is None and not packet.is_discard:  # what an edit list cuts away is not presented
            self.origin = shown
        time = self.seconds(shown)
        self.end = max(self.end, time + self.period)
        if self.end > self._longest:
            raise LimitExceeded(
                "duration", f"it is longer than {self._longest:g} s", "split it, or allow a longer duration"
            )
        return time

    def seconds(self, ticks: int) -> float:
        """Seconds from the start of the presentation; 0 before it has started."""
        return 0.0 if self.origin is None else (ticks - self.origin) * self.tick

    def _presented(self, packet: AnyPacket, mark: int) -> int:
        """A packet's presentation time; where it is missing, or far from the time to decode it, a guess."""
        if packet.pts is not None and abs(packet.pts - mark) <= self._reach:
            self._lag = packet.pts - mark
        return mark + self._lag

    def _follow(self, mark: int) -> None:
        if self._newest is None:
            self._newest = mark
        ahead = mark + self._moved - self._newest
        self._stale = 0 if ahead > 0 else self._stale + 1
        restarted = not -_BACKWARD <= ahead * self.tick <= self._longest
        if restarted or self._stale > self._patience:
            self._moved += self._step - ahead
            self._patience = self._patience if restarted else 0
            self._stale, ahead, self.broken = 0, self._step, True
            note(self._warnings, "time stamps jump or stand still; times were joined at the frame rate")
        self._newest += max(ahead, 0)


def frame_rate(stream: Stream) -> float:
    """Frames (or, for sound, packets of 20 ms) a second; a guess where the header gives none or nonsense."""
    if stream.type != "video":
        return 50.0
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 1 <= rate <= 240:
            return float(rate)
    return _DEFAULT_RATE
