"""Two harmless clips, one of them banked, and the first verdict: what `make demo` shows."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Final

from firebreak.faces.server.first_start.clips import RATE, edited, pattern, write

FOLDER: Final = Path(".demo")


def main() -> int:
    """Make the clips, check the copy and the other clip, and say what was done."""
    from firebreak.faces.cli.check import check

    known, copy, other = FOLDER / "refs" / "known.mp4", FOLDER / "copy.mp4", FOLDER / "other.mp4"
    known.parent.mkdir(parents=True, exist_ok=True)
    write(known, pattern(seed=1, seconds=20))
    write(copy, [edited(picture) for picture in pattern(seed=1, seconds=20)[6 * RATE : 16 * RATE]])
    write(other, pattern(seed=2, seconds=10))
    command = f"firebreak check {copy} {other} --refs {known.parent}"
    sys.stdout.write(
        f"Made {known}, ten seconds of it mirrored, shrunk and re-encoded as {copy}, and the unrelated {other}.\n"
        f"$ .venv/bin/{shlex.join(shlex.split(command))}\n"
    )
    return 0 if check([copy, other], [known.parent], as_json=False, jobs=2) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
