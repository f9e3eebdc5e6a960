"""The pictures seen in one file, as timed PDQ codes in all eight orientations."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.media.source import Frame
from firebreak.engine.signals import pdq

ORIENTATIONS = len(pdq.VARIANTS)


class Pictures:
    """Grows as frames are read, in any order; kept sorted by time. A picture costs about 300 bytes."""

    def __init__(self) -> None:
        self.times: NDArray[np.float64] = np.empty(0)
        self.codes: NDArray[np.uint64] = np.empty((0, ORIENTATIONS, 4), np.uint64)
        self.quality: NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.times)

    def read(self, frames: Iterable[Frame]) -> None:
        """Take in frames until there are no more. What was read before an error stays."""
        times, codes, quality = list(self.times), [self.codes], list(self.quality)
        try:
            for frame in frames:
                code, detail = pdq.hash_dihedral(frame.luma, frame.black, frame.white)
                times.append(frame.time)
                codes.append(code[None])
                quality.append(detail)
        finally:
            self._settle(np.array(times), np.concatenate(codes), np.array(quality, np.int64))

    def _settle(self, times: NDArray[np.float64], codes: NDArray[np.uint64], quality: NDArray[np.int64]) -> None:
        """Sort by time; of pictures read twice, one stays."""
        self.times, first = np.unique(times, return_index=True)
        self.codes, self.quality = codes[first], quality[first]

    def detailed(self, least: int) -> Pictures:
        """Return those of at least this quality."""
        chosen = Pictures()
        keep = self.quality >= least
        chosen.times, chosen.codes, chosen.quality = self.times[keep], self.codes[keep], self.quality[keep]
        return chosen
