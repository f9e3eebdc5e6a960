"""Children die with their parent, whatever ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

_PARENT = """
import time
from pathlib import Path
from firebreak.faces.server import spawn

def sleep():
    time.sleep(60)

print(spawn.forked("a-part", sleep), flush=True)
print(spawn.executed(["/bin/sleep", "60"], log=Path({log!r})), flush=True)
time.sleep(60)
"""


def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = _PARENT.format(log=str(tmp_path / "log"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        children = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
        assert {child.name() for child in children} <= {"a-part", "sleep", "python", Path(sys.executable).name}
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
