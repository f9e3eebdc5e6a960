"""Pictures of several frames (GIF, APNG, animated WebP and AVIF, TIFF pages), through Pillow."""

import math
from collections.abc import Iterator
from itertools import count
from typing import BinaryIO

from PIL import Image

from firebreak.engine.media.errors import LimitExceeded
from firebreak.engine.media.guard import DECODER_ERRORS, decoding, note, reason
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.pictures import FULL_RANGE, check_size, load_luma, open_picture, pillow
from firebreak.engine.media.sampling import ROUNDING, SPACING, Following, every
from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo

_SHORTEST = 0.02  # seconds: browsers show frames that ask for less for 0.1 s
_INSTEAD = 0.1
_LONGEST = 60.0
_PAGE = 1.0  # seconds that a page of a TIFF counts


class AnimationSource:
    """Frames are composed one after another, so every iterator decodes from the first frame on."""

    def __init__(self, file: BinaryIO, limits: Limits, name: str) -> None:
        self._file = file
        self._limits = limits
        self._name = name
        self.warnings: list[str] = []
        with decoding("the animation"), pillow(limits):
            width, height = open_picture(file, name, limits).size
        self.info = MediaInfo("video", name.lower(), width, height, None, has_audio=False)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:
        """All frames that lie 0.2 s or more apart: decoding is paid for them anyway."""
        spacing = min(SPACING, max_gap / 4)
        return self._pick(0.0, math.inf, lambda time: time + spacing)

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:
        return self._pick(start, math.inf if end is None else end, every(step, start))

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:  # noqa: ARG002 - there is none
        return iter(())

    def _pick(self, due: float, end: float, following: Following) -> Iterator[Frame]:
        with decoding("the animation"):
            for time, picture in self._composed():
                if time > end + ROUNDING:
                    return
                if time >= due - ROUNDING:
                    due = following(time)
                    with pillow(self._limits):
                        luma = load_luma(picture)
                    yield Frame(time, luma, *FULL_RANGE, keyframe=True)

    def _composed(self) -> Iterator[tuple[float, Image.Image]]:
        with pillow(self._limits):
            picture = open_picture(self._file, self._name, self._limits)
        time = 0.0
        for index in count():
            if not self._go_to(picture, index, time):
                return
            yield time, picture
            time += shown_for(picture)
            if time > self._limits.duration:
                raise LimitExceeded("duration", f"it is longer than {self._limits.duration:g} s", "shorten it")

    def _go_to(self, picture: Image.Image, index: int, time: float) -> bool:
        """Compose one frame; False after the last. A frame that is damaged ends the animation with a warning."""
        if index == self._limits.frames:
            raise LimitExceeded("frames", f"it has more than {index} frames", "shorten it")
        try:
            with pillow(self._limits):
                picture.seek(index)
                check_size(picture, self._limits)
                picture.load()
        except EOFError:
            return False
        except DECODER_ERRORS as error:
            if index == 0:
                raise
            note(self.warnings, f"damaged after {time:.1f} s ({reason(error)})")
            return False
        return True


def shown_for(picture: Image.Image) -> float:
    """Seconds for which the current frame is shown, as browsers do with times of 0 and nonsense."""
    if picture.format == "TIFF":
        return _PAGE
    seconds = picture.info.get("duration", 0) / 1000
    return min(seconds, _LONGEST) if seconds >= _SHORTEST else _INSTEAD


def is_animated(file: BinaryIO, name: str, limits: Limits) -> bool:
    """Whether the picture says that it has more than one frame. A JPEG's further pictures are not shown."""
    if name in {"JPEG", "BMP"}:
        return False
    try:
        with pillow(limits):
            return bool(getattr(open_picture(file, name, limits), "is_animated", False))
    except DECODER_ERRORS:
        return False  # as a still, what can be read is still given
