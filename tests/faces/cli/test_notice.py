"""Whoever waits for a compiler is told so; whoever does not, is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import media

FIREBREAK = Path(sys.executable).with_name("firebreak")


@pytest.mark.parametrize("command", ["hash", "check"])
def test_compiling_is_announced_once_and_never_again(tmp_path: Path, command: str) -> None:
    still = media.write_still(tmp_path / "still.png", 1, (64, 64))
    words = [FIREBREAK, command, still, *(["--refs", still] if command == "check" else [])]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    told = [
        subprocess.run([*map(str, words)], env=environment, capture_output=True, text=True).stderr for _ in range(2)
    ]
    assert told[0].startswith("firebreak: preparing for this processor")
    assert told[0].count("\n") == 1
    assert told[1] == ""
