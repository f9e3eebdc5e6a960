"""Clips that several tests read, made once for each test process."""

from pathlib import Path

import numpy as np
import pytest

from tests import media
from tests.engine.media.heic import heic

# Keyframes where keyint puts them and nowhere else.
EXACT = {"x264-params": "scenecut=0:open-gop=0"}
SIZE = (64, 48)
VIDEOS = {
    "mp4": "libx264", "ts": "libx264", "mkv": "libx265", "webm": "libvpx-vp9", "avi": "mpeg4", "mpg": "mpeg2video",
    "asf": "wmv2", "vp8.webm": "libvpx", "av1.mkv": "libsvtav1", "ffv1.mkv": "ffv1",
}  # fmt: skip
WITH_SOUND = {"mp4", "ts", "mkv", "webm", "avi"}


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for clips that many tests share."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clips: Path) -> Path:
    """8 s of H.264 in MP4 at 25 fps with sound, a keyframe every 2 s."""
    return media.write_video(clips / "clip.mp4", 8, size=(160, 90), seed=1, keyint=50, audio=True, options=EXACT)


@pytest.fixture(scope="session")
def every_format(clips: Path) -> list[Path]:
    """One small file of each format that is supported."""
    folder = clips / "formats"
    folder.mkdir()
    paths = [
        media.write_video(folder / f"x.{suffix}", 1, size=SIZE, codec=codec, audio=suffix in WITH_SOUND)
        for suffix, codec in VIDEOS.items()
    ]
    paths += [media.write_sound(folder / f"sound.{suffix}", 1) for suffix in ("mp3", "wav", "flac", "ogg", "m4a")]
    suffixes = ("jpg", "png", "webp", "gif", "tif", "bmp", "avif")
    paths += [media.write_still(folder / f"still.{suffix}", 1, SIZE) for suffix in suffixes]
    paths.append(media.write_still(folder / "lzw.tif", 1, SIZE, compression="tiff_lzw"))
    more = [media.still(seed, SIZE) for seed in (2, 3)]
    for suffix in ("gif", "png", "webp", "avif", "tif"):
        paths.append(media.write_still(folder / f"moving.{suffix}", 1, SIZE, save_all=True, append_images=more))
    picture = folder / "still.heic"
    picture.write_bytes(heic([[np.asarray(media.still(1, (64, 64)).convert("L"))]]))
    return [*paths, picture]
