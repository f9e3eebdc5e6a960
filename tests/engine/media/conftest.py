"""Clips that several tests read, made once for each test process."""

from pathlib import Path

import pytest

from tests import media


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for clips that many tests share."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clips: Path) -> Path:
    """8 s of H.264 in MP4 at 25 fps with sound, a keyframe every 2 s."""
    return media.write_video(clips / "clip.mp4", 8, size=(160, 90), seed=1, keyint=50, audio=True, options=EXACT)


# Keyframes where keyint puts them and nowhere else.
EXACT = {"x264-params": "scenecut=0:open-gop=0"}
