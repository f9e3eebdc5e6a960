"""What a transaction sees, and of which database: what a follower needs to go on without a gap."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Self

from psycopg import Cursor

# A cluster, its history, the database and the table. A restored dump, a failover that lost transactions or a table
# made anew changes one of them, and numbers of transactions mean something else from then on.
_LOOK: Final = """
    SELECT pg_current_snapshot()::text,
           concat_ws(':', (SELECT system_identifier FROM pg_control_system()),
                     substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
                     (SELECT oid FROM pg_database WHERE datname = current_database()),
                     'banks_reference'::regclass::oid)
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Sees transactions below `end` that are not `running`, as PostgreSQL's `pg_snapshot`."""

    text: str
    history: str

    @classmethod
    def now(cls, cursor: Cursor[Any]) -> Self:
        """Return the snapshot of the cursor's transaction, which must be REPEATABLE READ."""
        row = cursor.execute(_LOOK).fetchone()
        assert row is not None  # noqa: S101 - the query has no FROM
        return cls(*row)

    @property
    def end(self) -> int:
        return int(self.text.split(":")[1])

    @property
    def running(self) -> list[int]:
        """The transactions under way: those, and those from `end` on, are news for whoever looks later."""
        return [int(number) for number in self.text.split(":")[2].split(",") if number]

    @property
    def key(self) -> str:
        """A name for the history, for files that belong to it."""
        return hashlib.sha256(self.history.encode()).hexdigest()[:16]

    def leads_to(self, later: Snapshot) -> bool:
        """Tell whether `later` belongs to the same history, and is not from before."""
        return self.history == later.history and self.end <= later.end
