"""HEIC pictures, through PyAV's HEVC decoder.

libheif would start a thread for each picture, which the sandbox forbids, and be one more parser to trust.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

import av.error
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from firebreak.engine.media.container import has_decoder, on_one_thread, open_container
from firebreak.engine.media.decoder import VideoPacket
from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.guard import note
from firebreak.engine.media.heif_boxes import read_layout
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.pictures import too_large
from firebreak.engine.media.planes import luma
from firebreak.engine.media.source import Luma


class HeifPicture:
    """The primary picture of a HEIF file, cut and turned as the file says."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._layout = read_layout(file)

    def size(self) -> tuple[int, int]:
        """Width and height; raises LimitExceeded before anything is decoded."""
        with closing(open_container(self._file, self._limits)) as container:
            first = self._tracks(container)[self._layout.tiles[0]]
        shape = self._canvas_shape((first.height, first.width))
        if shape[0] * shape[1] > self._limits.pixels:
            raise too_large(self._limits)
        height, width = self._finish(np.broadcast_to(np.uint8(0), shape)).shape
        return width, height

    def decode(self, warnings: list[str]) -> tuple[Luma, int, int]:
        """Luma (height, width) and the codes of black and white. Damaged tiles stay black."""
        canvas, black, white = None, 0, 255
        missing = set(self._layout.tiles)
        with closing(open_container(self._file, self._limits)) as container:
            for number, frame in self._tiles(container):
                tile, black, white = luma(frame)
                if canvas is None:
                    canvas = np.full(self._canvas_shape(tile.shape), black, np.uint8)
                self._paste(number, tile, canvas)
                missing.discard(number)
        if canvas is None:
            raise UnreadableMedia("nothing in the picture can be decoded", "check that the file is whole")
        if missing:
            note(warnings, f"damaged: {len(missing)} of {len(self._layout.tiles)} tiles are missing")
        return self._finish(canvas), black, white

    def _tracks(self, container: InputContainer) -> dict[int, VideoStream]:
        return {track.id: track for track in container.streams.video if has_decoder(track)}

    def _tiles(self, container: InputContainer) -> Iterator[tuple[int, VideoFrame]]:
        """The frame of each tile, with its item's number. Tiles that are encoded alike share a decoder."""
        tracks = self._tracks(container)
        wanted = [tracks[number] for number in self._layout.tiles if number in tracks]
        decoders: dict[bytes | None, VideoCodecContext] = {}
        for packet in container.demux(tuple(wanted)):
            if not packet.size:
                continue
            own = packet.stream.codec_context
            decoder = decoders.setdefault(own.extradata, own)
            if not decoder.is_open:
                on_one_thread(decoder, self._limits)
            for frame in decode_alone(decoder, packet):
                yield packet.stream.id, frame

    def _canvas_shape(self, tile: tuple[int, ...]) -> tuple[int, int]:
        return (self._layout.height, self._layout.width) if self._layout.height else (tile[0], tile[1])

    def _paste(self, number: int, tile: Luma, canvas: Luma) -> None:
        for index, name in enumerate(self._layout.tiles):
            if name == number:
                row, column = divmod(index, self._layout.columns)
                part = canvas[row * tile.shape[0] :, column * tile.shape[1] :][: tile.shape[0], : tile.shape[1]]
                part[:] = tile[: part.shape[0], : part.shape[1]]

    def _finish(self, picture: Luma) -> Luma:
        for step in self._layout.steps:
            picture = step(picture)
        return picture


def decode_alone(decoder: VideoCodecContext, packet: "VideoPacket") -> list[VideoFrame]:
    """The frame in one packet; none if it is damaged."""
    try:
        return (decoder.decode(packet) + decoder.decode(None))[:1]
    except av.error.FFmpegError:
        return []
    finally:
        decoder.flush_buffers()
