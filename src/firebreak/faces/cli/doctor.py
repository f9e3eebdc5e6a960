"""`firebreak doctor`: how decoding is confined here."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from firebreak.engine.media.sandbox.enforcement import enforcement


def doctor(*, as_json: bool) -> int:
    """Print what the kernel enforces on decoders."""
    found = enforcement()
    if as_json:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
    else:
        for measure in found.measures:
            sys.stdout.write(f"{'yes' if measure.enforced else 'NO '}  {measure.sentence}\n")
    return 0
