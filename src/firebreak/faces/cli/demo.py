"""Two harmless clips, one of them banked, and the first verdict: what `make run` shows."""

from __future__ import annotations

import shlex
import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

FOLDER: Final = Path(".demo")
RATE: Final = 12
SIZE: Final = (320, 180)


def main() -> int:
    """Make the clips, check the copy and the other clip, and say what was done."""
    from firebreak.faces.cli.check import check

    known, copy, other = FOLDER / "refs" / "known.mp4", FOLDER / "copy.mp4", FOLDER / "other.mp4"
    known.parent.mkdir(parents=True, exist_ok=True)
    _write(known, _pattern(seed=1, seconds=20))
    _write(copy, [_edited(picture) for picture in _pattern(seed=1, seconds=20)[6 * RATE : 16 * RATE]])
    _write(other, _pattern(seed=2, seconds=10))
    command = f"firebreak check {copy} {other} --refs {known.parent}"
    sys.stdout.write(
        f"Made {known}, ten seconds of it mirrored, shrunk and re-encoded as {copy}, and the unrelated {other}.\n"
        f"$ .venv/bin/{shlex.join(shlex.split(command))}\n"
    )
    return 0 if check([copy, other], [known.parent], as_json=False, jobs=2) == 1 else 1


def _pattern(seed: int, seconds: int) -> list[NDArray[np.uint8]]:
    """Return moving waves, another composition every four seconds: `(height, width)` each."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / SIZE[0]
    pictures = []
    for _ in range(-(-seconds // 4)):
        waves = rng.uniform(-1, 1, (12, 4)) * (25, 25, 2, np.pi)
        for tick in range(4 * RATE):
            light = sum(np.sin(a * x + b * y + c * tick / RATE + d) for a, b, c, d in waves)
            pictures.append((128 + 100 * np.tanh(np.asarray(light) / 2)).astype(np.uint8))
    return pictures[: seconds * RATE]


def _edited(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mirror a picture and halve its sides."""
    return np.ascontiguousarray(picture[::2, ::-2])


def _write(path: Path, pictures: list[NDArray[np.uint8]]) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.height, stream.width = pictures[0].shape
        stream.time_base = Fraction(1, RATE)
        for picture in pictures:
            frame = VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    sys.exit(main())
