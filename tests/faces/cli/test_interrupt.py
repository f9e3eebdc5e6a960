"""Ctrl-C stops everything at once and leaves nothing behind, not even a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests import media

FIREBREAK = Path(sys.executable).with_name("firebreak")


def test_ctrl_c_ends_every_process_quietly(tmp_path: Path) -> None:
    clip = media.write_video(tmp_path / "long.mp4", 20, size=(640, 360), seed=1)
    many = tmp_path / "many"
    many.mkdir()
    for number in range(200):
        (many / f"{number}.mp4").symlink_to(clip)
    refs = media.write_still(tmp_path / "ref.png", 2)
    command = [*map(str, [FIREBREAK, "check", many, "--refs", refs, "--json", "--jobs", "2"])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as check:
        assert check.stdout is not None
        check.stdout.readline()  # it is in the middle of its work
        children = psutil.Process(check.pid).children(recursive=True)
        assert children
        check.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, told = check.communicate(timeout=30)
        assert time.monotonic() - started < 10
    assert check.returncode == 130
    assert told == ""
    assert not psutil.wait_procs(children, timeout=5)[1]
