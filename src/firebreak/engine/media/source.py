"""What an opened file hands out: luma frames and mono sound, each with its time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture. `luma` is valid only until the next frame is asked for: copy what must stay."""

    time: float
    """Seconds from the start of the presentation."""
    luma: Luma
    """(height, width); a video's rotation flag is applied. May be a view with any strides."""
    black: int
    """The code of nominal black: 16 in limited range, 0 in full range."""
    white: int
    """The code of nominal white: 235 in limited range, 255 in full range."""
    keyframe: bool


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """About one second of mono sound: `samples` is (n,), -1..1, at `rate` a second."""

    time: float
    rate: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What the header says; nothing here has been checked against the content."""

    kind: Literal["image", "video", "audio"]
    """A picture of several frames (GIF, APNG, WebP, AVIF, TIFF pages) is a "video"."""
    container: str
    """"jpeg", "png", "mp4", "matroska", ..."""
    width: int
    """Of the upright picture; 0 for sound."""
    height: int
    duration: float | None
    """Seconds as declared; None when the header does not say; 0.0 for an image."""
    has_audio: bool


class MediaSource(Protocol):
    """An opened file. Its iterators raise only `MediaError`, and may be abandoned half-way."""

    @property
    def info(self) -> MediaInfo: ...

    @property
    def warnings(self) -> list[str]:
        """Sentences such as "truncated after 12.3 s"; grows while the file is read."""

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:
        """Keyframes, and frames between them only where they lie more than `max_gap` seconds apart.

        In time order; the first frame is always there.
        """

    def frames(self, start: float = 0.0, end: float | None = None, step: float = 0.25) -> Iterator[Frame]:
        """About one frame every `step` seconds within [start, end]; an image gives its one frame."""

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:
        """The sound track as blocks of about one second; none for a file without sound."""
