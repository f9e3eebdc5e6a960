"""The supervisor heals, waits longer for what keeps dying, takes all down. Run apart, since it takes signals over."""

from __future__ import annotations

import subprocess
import sys
import textwrap

_PRELUDE = """
import os, signal, sys, time
from functools import partial
from firebreak.faces.server import spawn
from firebreak.faces.server.tree import Part, Tree

def sleep():
    time.sleep(60)

def start(run):
    return partial(spawn.forked, "part", run)
"""


def _run(script: str) -> str:
    code = _PRELUDE + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_part_that_is_killed_is_started_again_at_once() -> None:
    assert "healed" in _run("""
        tree, part = Tree(), Part("a", start(sleep))
        tree.add(part)
        first = part.pid
        os.kill(first, signal.SIGKILL)
        began = time.monotonic()
        def tick():
            if part.pid and part.pid != first:
                print("healed" if time.monotonic() - began < 5 else "late")
                tree.stopping = True
        tree.run(tick)
        tree.stop()
    """)


def test_a_part_that_keeps_dying_is_started_ever_later() -> None:
    pauses = _run("""
        tree, part = Tree(), Part("a", start(lambda: sys.exit(3)))
        tree.add(part)
        def tick():
            if part._crashes >= 3:
                tree.stopping = True
        tree.run(tick)
        print(round(part._again_at - time.monotonic(), 1))
        tree.stop()
    """)
    assert 1.5 <= float(pauses.split()[-1]) <= 2.0


def test_what_ends_by_itself_tells_how_it_went() -> None:
    assert "True False" in _run("""
        tree = Tree()
        print(tree.once("good", start(lambda: None)), tree.once("bad", start(lambda: sys.exit(1))))
    """)


def test_stopping_takes_the_last_down_first_and_kills_who_stays() -> None:
    said = _run("""
        def deaf():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("deaf", flush=True)
            time.sleep(60)
        tree, order = Tree(), []
        tree.add(Part("first", start(sleep), ended=lambda _: order.append("first")))
        tree.add(Part("deaf", start(deaf), stop_seconds=0.5, ended=lambda _: order.append("deaf")))
        time.sleep(0.5)
        tree.stop()
        print(*order, spawn.has_children())
    """)
    assert "deaf first False" in said


def test_a_signal_stops_it() -> None:
    assert "stopped" in _run("""
        tree = Tree()
        tree.add(Part("a", start(sleep)))
        os.kill(os.getpid(), signal.SIGTERM)
        tree.run()
        tree.stop()
        print("stopped")
    """)


def test_orphans_are_seen_to() -> None:
    assert "none left" in _run("""
        def parent():
            if os.fork() == 0:
                time.sleep(0.3)
                os._exit(0)
            os.kill(os.getpid(), signal.SIGKILL)
        tree = Tree()
        tree.once("parent", start(parent))
        tree.stop()
        print("left" if spawn.has_children() else "none left")
    """)
