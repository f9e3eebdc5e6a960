"""A process that, for every line it reads, starts one that writes and sequences as fast as it can until it is killed.

It forks, so that being killed fifty times does not mean starting Python fifty times.
"""

from __future__ import annotations

import os
import sys

import django


def work() -> None:
    """Write entries and sequence them, for ever."""
    from firebreak.records.ledger import sequencer  # noqa: PLC0415 - only now is Django set up
    from tests.records.ledger.written import write  # noqa: PLC0415

    while True:
        for _ in range(3):
            write(4)
        sequencer.sequence_once(batch=10)
        os.write(1, b".")


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "firebreak.faces.site.settings"
    django.setup()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work()
        os.write(1, b"%d\n" % child)
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main()
