"""What a tally's root is reckoned over: anyone who has the scans can reckon it again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import rfc8785

from firebreak.records.ledger.leaf import stamp


def leaf(id_: UUID, finished_at: datetime | None) -> bytes:
    """Return the bytes that stand for one scan: canonical JSON of its id, its verdict and when it ended."""
    ended = stamp(finished_at) if finished_at else None
    return rfc8785.dumps({"scan": str(id_), "verdict": "allow", "finished_at": ended})
