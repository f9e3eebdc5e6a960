"""A media source made of pictures that are in memory already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.media.source import AudioBlock, Frame, MediaInfo


@dataclass
class Pictures:
    """Shows `lumas` one second apart; each frame is overwritten when the next one is asked for, as decoders do."""

    lumas: Sequence[NDArray[np.uint8]]
    black: int = 0
    white: int = 255
    first: float = 0.0
    steps: list[float] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def info(self) -> MediaInfo:
        return MediaInfo("video" if self.lumas else "audio", "test", 0, 0, None, has_audio=not self.lumas)

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:  # noqa: ARG002 - the protocol's
        return self.frames()

    def frames(
        self,
        start: float = 0.0,  # noqa: ARG002
        end: float | None = None,  # noqa: ARG002
        step: float = 0.25,
    ) -> Iterator[Frame]:
        self.steps.append(step)
        for i, luma in enumerate(self.lumas):
            shown = luma.copy()
            yield Frame(self.first + i, shown, self.black, self.white, keyframe=i == 0)
            shown[:] = 0

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:  # noqa: ARG002
        return iter(())
