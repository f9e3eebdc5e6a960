"""The child's side of one file: opens it, streams what is asked for, closes it."""

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO, Protocol, cast

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.sandbox import rlimits
from firebreak.engine.media.sandbox.descriptor_file import open_descriptor
from firebreak.engine.media.sandbox.reports import report_of, warnings_of
from firebreak.engine.media.sandbox.ring import SAMPLES_PER_SLOT, SLOTS, RingWriter
from firebreak.engine.media.sandbox.wire import Channel, ChannelClosed, Message
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo, MediaSource


class ClosableSource(MediaSource, Protocol):
    def close(self) -> None: ...


class Opener(Protocol):
    """A module that knows how to decode; `firebreak.engine.media.open` is the one in use."""

    def preload(self) -> None:
        """Import all that decoding will need: nothing can be imported later."""

    def open_media(self, file: BinaryIO, limits: Limits) -> ClosableSource: ...


class Session:
    """Serves one file after another over a channel and a ring."""

    def __init__(self, channel: Channel, ring: RingWriter, opener: Opener, limits: Limits) -> None:
        self._channel = channel
        self._ring = ring
        self._opener = opener
        self._limits = limits

    def serve_file(self) -> None:
        """Take one file, answer requests until the parent closes it, and say that it is closed."""
        _, descriptor = self._channel.receive_with_descriptor()
        if descriptor is None:
            raise ChannelClosed
        rlimits.limit_own_processor_time(self._limits.cpu_seconds)
        self._serve(descriptor)
        gc.collect()  # what a library left in cycles would count against the next file's memory
        self._channel.send({"type": "closed"})

    def _serve(self, descriptor: int) -> None:
        with open_descriptor(descriptor) as file, ExitStack() as cleanup:
            source = None
            try:
                source = self._opener.open_media(file, self._limits)
                cleanup.callback(source.close)
                answer = _info_message(source)
            except Exception as error:  # noqa: BLE001 - decoders of hostile bytes may raise anything
                answer = report_of(error, self._limits)
            self._channel.send(answer)
            self._answer_until_close(source)

    def _answer_until_close(self, source: MediaSource | None) -> None:
        while (request := self._channel.receive())["do"] != "close":
            if source is not None and request["do"] in {"sparse_frames", "frames", "audio"}:
                self._stream(source, request)
            # else: word that crossed with the end of a stream, of a slot or to stop

    def _stream(self, source: MediaSource, request: Message) -> None:
        slots = _Slots(self._channel)
        answer: Message = {"type": "end"}
        try:
            for item in _items(source, request):
                slot = slots.take()
                if slot is None:
                    break
                self._channel.send(self._put(slot, item))
        except ChannelClosed:
            raise
        except Exception as error:  # noqa: BLE001 - decoders of hostile bytes may raise anything
            answer = report_of(error, self._limits)
        self._channel.send({**answer, "warnings": warnings_of(source.warnings)})

    def _put(self, slot: int, item: Frame | AudioBlock) -> Message:
        if isinstance(item, AudioBlock):
            self._ring.put_samples(slot, item.samples)
            return {
                "type": "audio",
                "slot": slot,
                "time": float(item.time),
                "rate": int(item.rate),
                "count": item.samples.size,
            }
        height, width = self._ring.put_luma(slot, item.luma)
        return {
            "type": "frame",
            "slot": slot,
            "time": float(item.time),
            "height": height,
            "width": width,
            "black": int(item.black),
            "white": int(item.white),
            "keyframe": bool(item.keyframe),
        }


class _Slots:
    """The slots of one stream: free until filled, free again when the parent says so."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._free = deque(range(SLOTS))

    def take(self) -> int | None:
        """A free slot, waiting for one if need be; None when the parent wants no more."""
        while True:
            message = self._channel.receive_now() if self._free else self._channel.receive()
            if message is None:
                return self._free.popleft()
            if message["do"] == "stop":
                return None
            self._free.append(cast("int", message["slot"]))


def _info_message(source: MediaSource) -> Message:
    info: MediaInfo = source.info
    return {
        "type": "info",
        "kind": info.kind,
        "container": info.container,
        "width": int(info.width),
        "height": int(info.height),
        "duration": None if info.duration is None else float(info.duration),
        "has_audio": bool(info.has_audio),
        "warnings": warnings_of(source.warnings),
    }


def _items(source: MediaSource, request: Message) -> Iterator[Frame] | Iterator[AudioBlock]:
    arguments = {key: cast("float", value) for key, value in request.items() if key != "do"}
    match request["do"]:
        case "sparse_frames":
            return source.sparse_frames(**arguments)
        case "frames":
            return source.frames(**arguments)
    return _pieces(source.audio(rate=int(arguments["rate"])))


def _pieces(blocks: Iterator[AudioBlock]) -> Iterator[AudioBlock]:
    """Blocks, cut where one is larger than a slot."""
    for block in blocks:
        for first in range(0, block.samples.size, SAMPLES_PER_SLOT):
            piece = block.samples[first : first + SAMPLES_PER_SLOT]
            yield AudioBlock(block.time + first / block.rate, block.rate, piece)
