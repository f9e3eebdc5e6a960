"""vPDQ as a kind of signal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firebreak.engine.errors import SignalError
from firebreak.engine.media.source import Frame, MediaSource
from firebreak.engine.signals.kind import MediaKind
from firebreak.engine.signals.pdq import hash_luma, to_hex
from firebreak.engine.signals.vpdq.comparison import SHARE, Shares, compare
from firebreak.engine.signals.vpdq.formats import FrameCode, read, write_json

# vPDQ hashes one picture a second unless told otherwise.
STEP: Final = 1.0


class VPDQ:
    """The timed PDQ codes of a video, as a JSON list of `"code,quality,seconds"`.

    The canonical text is what `tx` reads, with milliseconds where `tx` itself writes three significant digits:
    nothing is lost on the way through us. The form of the C++ tools is understood as well.
    """

    name: Final = "vpdq"
    title: Final = "vPDQ: timed PDQ codes of a video, which find its copies, excerpts and embeddings"
    threshold: Final = round(1 - SHARE, 6)
    media: Final = "video"

    def parse(self, text: str) -> str:
        return write_json(read(text))

    def compare(self, a: str, b: str) -> Shares:
        """Return the shares of pictures in common; `a` is the query, `b` the reference."""
        return compare(read(a), read(b))

    def examples(self) -> Sequence[str]:
        """Return the start of a sample of the reference implementation, and a shorter one."""
        code = "dadb999c25266273529cadac89cb52c22324ad3bce99726c38668d93c799f07c"
        other = "dad9998c25266253d29cbd8c09cb52d63624ad3bcf99f26c38660f938799f06c"
        return (f'["{code},100,0.000", "{other},100,0.100"]', f'["{code},100,0.000"]')

    def hash_media(self, source: MediaSource) -> str:
        """Return the codes of about one picture a second, numbered in the order of the samples."""
        frames = [_frame_code(i, frame) for i, frame in enumerate(source.frames(step=STEP))]
        if not frames:
            raise SignalError("the file shows no picture", "vPDQ is for videos; hash a file that has pictures")
        return write_json(frames)


def _frame_code(number: int, frame: Frame) -> FrameCode:
    code, quality = hash_luma(frame.luma, frame.black, frame.white)
    return FrameCode(number, quality, to_hex(code), max(0.0, frame.time))


KIND: MediaKind = VPDQ()
