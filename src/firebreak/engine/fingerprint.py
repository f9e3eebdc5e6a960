"""What a file is known by: its exact hashes and the timed codes of its pictures."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine import deadline as deadlines
from firebreak.engine.banks.reference import Kind
from firebreak.engine.media.sandbox.input_file import Source, input_descriptor
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.pictures import Pictures

# References are sampled densely once, so that queries can be sampled sparsely every time: a query's keyframe then
# lies at most an eighth of a second from a reference's frame.
REFERENCE_STEP: Final = 0.25
# A picture that has not changed is kept this seldom (s).
STILL_STEP: Final = 2.0
STILL_RADIUS: Final = 2
_BLOCK: Final = 1 << 20
# Below this quality a picture has too little detail to be told from others (PDQ's documentation).
MIN_QUALITY: Final = 50


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The signals of one file, read as a reference is."""

    kind: Kind
    duration: float | None  # seconds: as declared, or as far as there were pictures when that is longer
    sha256: str
    md5: str | None
    times: NDArray[np.float64]  # (n,) seconds
    codes: NDArray[np.uint64]  # (n, 4) PDQ
    quality: NDArray[np.int64]  # (n,) 0..100
    warnings: tuple[str, ...]

    def usable(self) -> NDArray[np.bool_]:
        """Return which pictures have detail enough to be matched, shape `(n,)`."""
        return self.quality >= MIN_QUALITY


def fingerprint(source: Source, pool: DecoderPool, step: float = REFERENCE_STEP) -> Fingerprint:
    """Read a file whole. Raises MediaError when it cannot be read."""
    with pool.open(source) as media:
        info = media.info
        pictures = Pictures()
        if info.kind != "audio":
            pictures.read(media.frames(step=step))
        times, codes = pictures.times, pictures.codes[:, 0]
        kept = _changing(times, codes)
        sha256, md5 = digests(source)
        return Fingerprint(
            kind=info.kind,
            duration=_duration(info.duration, times),
            sha256=sha256,
            md5=md5,
            times=times[kept],
            codes=codes[kept],
            quality=pictures.quality[kept],
            warnings=tuple(media.warnings),
        )


def digests(source: Source, *, md5: bool = True, deadline: float | None = None) -> tuple[str, str | None]:
    """Return SHA-256 and, when wanted, MD5 of a file, read once in constant memory.

    Raises UnreadableMedia for what is no regular file: a pipe would be waited for, and never end. Raises ScanDeadline.
    """
    strong, weak = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with input_descriptor(source) as descriptor:
        block = memoryview(bytearray(min(_BLOCK, os.fstat(descriptor).st_size)))
        while count := os.readv(descriptor, [block]):
            deadlines.require(deadline)
            strong.update(block[:count])
            if md5:
                weak.update(block[:count])
    return strong.hexdigest(), weak.hexdigest() if md5 else None


def _changing(times: NDArray[np.float64], codes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return which frames to keep: all that differ from the last one kept, and now and then one that does not."""
    kept: list[int] = []
    for i, (time, code) in enumerate(zip(times, codes, strict=True)):
        if not kept or time - times[kept[-1]] >= STILL_STEP or _differ(code, codes[kept[-1]]):
            kept.append(i)
    return np.array(kept, np.int64)


def _differ(code: NDArray[np.uint64], other: NDArray[np.uint64]) -> bool:
    return int(np.bitwise_count(code ^ other).sum()) > STILL_RADIUS


def _duration(declared: float | None, times: NDArray[np.float64]) -> float | None:
    """Believe the header only as far as there were pictures, or a little silence after them."""
    if not len(times):
        return declared
    seen = float(times[-1])
    return declared if declared is not None and seen <= declared <= seen + 5.0 else seen
