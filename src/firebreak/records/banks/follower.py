"""Keeps a process's index equal to what the database has committed.

Each look at the database names the transactions it could not see yet; the next look asks for what those, and all
later ones, changed. So nothing is skipped, however late a transaction commits, and a long one delays nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any, Final

import psycopg
import structlog

from firebreak.engine.errors import IndexFileError
from firebreak.engine.library.library import Library
from firebreak.records.banks import builder, signals
from firebreak.records.banks.snapshot import Snapshot

CHANNEL: Final = "firebreak_banks"
# How long a change can stay unseen when a notification was lost (s).
POLL: Final = 0.5
# Building takes about a tenth of a core at most.
REST: Final = 10.0
# More signals than this are read from a base file, which processes share.
SMALL: Final = 20_000
_RETRY: Final = (0.1, 0.25, 0.5, 1.0, 2.0)

# Numbers from the snapshot's own end on are not asked for: a restored dump has some that are still to come.
_CHANGED: Final = """
    FROM banks_reference r JOIN banks_signal s ON s.reference_id = r.id
    WHERE (r.changed_xid >= %s AND r.changed_xid < %s) OR r.changed_xid = ANY(%s::bigint[])
"""
_IS_LIVE: Final = "(r.removed_at IS NULL)::int::smallint"
_DISABLED: Final = "SELECT EXISTS (SELECT FROM banks_bank WHERE NOT enabled)"
_COUNT: Final = "SELECT count(*) FROM (SELECT FROM banks_signal LIMIT %s) AS found"
# Tables that grow by a million rows mislead the planner until they are analysed; what changed is always looked up.
_SESSION: Final = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"

log = structlog.get_logger(__name__)


class Follower:
    """Follows the banks of one database. `run` is for a thread; `catch_up` may be called from any."""

    def __init__(self, parameters: Callable[[], Mapping[str, Any]], folder: Path) -> None:
        self._parameters = parameters
        self._folder = folder
        self._connection: psycopg.Connection | None = None
        self._looking = Lock()
        self._seen: Snapshot | None = None
        self._adopted: tuple[int, int] | None = None  # which base file
        self.library = Library()
        self.ready = False
        self.some_disabled = False

    def run(self, stop: Event) -> None:
        """Follow until `stop` is set. A database that cannot be reached is tried again and again."""
        failures = 0
        while not stop.is_set():
            try:
                self.catch_up()
                failures = 0
                self._wait()
            except (psycopg.Error, OSError, builder.BuildFailed) as problem:
                log.warning("the index cannot follow the banks", problem=str(problem))
                self._hang_up()
                stop.wait(_RETRY[min(failures, len(_RETRY) - 1)])
                failures += 1
        self._hang_up()

    def catch_up(self) -> None:
        """Take in everything that is committed by now. Raises psycopg.Error, OSError, BuildFailed."""
        with self._looking:
            while (history := self._look()) is not None:
                self._build_first(history)

    def close(self) -> None:
        """Let go of the database. A later look takes a new connection."""
        with self._looking:
            self._hang_up()

    def build_when_due(self, stop: Event, due: Callable[[int, int], bool]) -> None:
        """Renew the base file whenever `due(changes, codes)`, until `stop`, resting much longer than it builds."""
        rest = POLL
        while not stop.wait(rest):
            started = time.monotonic()
            try:
                built = self.build_if_due(due)
            except (OSError, builder.BuildFailed) as problem:
                log.warning("a base file of the index cannot be built", problem=str(problem))
                built = True
            rest = REST * (time.monotonic() - started) if built else POLL

    def build_if_due(self, due: Callable[[int, int], bool]) -> bool:
        """Build a new base file when `due(changes, codes)` and nobody else on this host does; tell whether."""
        seen = self._seen
        if not self.ready or seen is None or not due(self.library.overlay_size, len(self.library)):
            return False
        with builder.alone(self._folder, wait=False) as chosen:
            if not chosen or _signature(builder.base_path(self._folder, seen)) != self._adopted:
                return False  # somebody builds one, or has
            builder.build_apart(self._folder, self._parameters())
        return True

    def _look(self) -> Snapshot | None:
        """Take in what changed; return what was seen when there is no base file to begin with."""
        with self._one_view() as cursor:
            now = Snapshot.now(cursor)
            if self._seen is None or not self._seen.leads_to(now):
                self._begin(now)
            else:
                self._adopt_newer(now)
            if self._seen is None and _many(cursor):
                return now
            self._take_in(cursor, now)
            self.some_disabled = bool(_value(cursor.execute(_DISABLED)))
        self._seen, self.ready = now, True
        return None

    def _begin(self, now: Snapshot) -> None:
        """Start from the base file, or from nothing. Searches are refused until all is taken in."""
        self.ready = False
        path = builder.base_path(self._folder, now)
        self._adopted = _signature(path)
        base = _base(path, now)
        self.library, self._seen = base or (Library(), None)

    def _adopt_newer(self, now: Snapshot) -> None:
        path = builder.base_path(self._folder, now)
        signature = _signature(path)
        if signature is None or signature == self._adopted:
            return
        self._adopted = signature
        try:
            self.library.adopt(path)
        except (IndexFileError, FileNotFoundError) as problem:
            log.warning("a base file of the index cannot be used", problem=str(problem))

    def _build_first(self, now: Snapshot) -> None:
        with builder.alone(self._folder, wait=True):
            if _base(builder.base_path(self._folder, now), now) is None:
                builder.build_apart(self._folder, self._parameters())

    def _take_in(self, cursor: psycopg.Cursor[Any], now: Snapshot) -> None:
        if self._seen is None:
            found = signals.read(cursor, signals.LIVE)
        else:
            found = signals.read(cursor, _CHANGED, [self._seen.end, now.end, self._seen.running], extra=_IS_LIVE)
        for batch, live in found:
            self.library.remove(batch.signal[live == 0])
            self.library.add(batch.take(live == 1))

    def _wait(self) -> None:
        """Wait until something changed, or might have."""
        if self._connection is not None:
            for _ in self._connection.notifies(timeout=POLL, stop_after=1):
                pass

    @contextmanager
    def _one_view(self) -> Iterator[psycopg.Cursor[Any]]:
        """Give a cursor that sees the database as it is at one instant. A connection that broke is let go of."""
        if self._connection is None:
            self._connection = _connected(self._parameters())
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                yield cursor
        except psycopg.Error:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connected(parameters: Mapping[str, Any]) -> psycopg.Connection:
    connection = psycopg.connect(**parameters, autocommit=True)
    connection.execute(_SESSION)
    connection.execute(f"LISTEN {CHANNEL}")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _base(path: Path, now: Snapshot) -> tuple[Library, Snapshot] | None:
    """Open a base file with the snapshot it was built from, if it is of the history that led to `now`."""
    try:
        library = Library.open(path)
    except FileNotFoundError:
        return None
    except IndexFileError as problem:
        log.warning("a base file of the index cannot be used", problem=str(problem))
        return None
    seen = Snapshot(str(library.base_meta["snapshot"]), str(library.base_meta["history"]))
    return (library, seen) if seen.leads_to(now) else None


def _signature(path: Path) -> tuple[int, int] | None:
    """Tell one base file from the next of the same name."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _many(cursor: psycopg.Cursor[Any]) -> bool:
    return int(_value(cursor.execute(_COUNT, [SMALL + 1]))) > SMALL


def _value(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - both queries give one row
    return row[0]
