"""The index of this process: what scans ask."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from threading import Event, Lock
from typing import Any, Final, cast, get_args

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from firebreak.engine.banks import reference as engine
from firebreak.engine.known import Entry, FrameHits
from firebreak.engine.library.library import Library
from firebreak.records.banks.follower import Follower
from firebreak.records.banks.models import Reference
from firebreak.records.common.errors import Unavailable
from firebreak.records.common.settings import settings

FOLDER: Final = "index"
# Of a code that resembles more frames than this, only the nearest are told ...
MOST_HITS: Final = 256
# ... but those of a disabled bank must not crowd out the others'.
MOST_HITS_WITH_DISABLED: Final = 8192
# A new base file is due when a search goes through more changes than this, and than this part of all signals.
_CHANGES: Final = 20_000
_SHARE: Final = 0.05
_followers: Final[list[Follower]] = []
_making: Final = Lock()
_TOLD: Final = (
    "id", "bank__name", "name", "public_id", "kind", "duration", "sha256", "md5", "source", "note", "added_at",
)  # fmt: skip


class KnownLibrary:
    """All banks of the database, as the engine wants them. A row is a reference's `id`.

    What the index answers may be a second old; what is told of a reference, and whether it counts, never is. Raises
    Unavailable rather than miss something.
    """

    @property
    def frames(self) -> int:
        """How many codes there are; while nobody knows, there might be one."""
        follower = _follower()
        return len(follower.library) if follower.ready else 1

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1) -> FrameHits:
        limit = MOST_HITS_WITH_DISABLED if _follower().some_disabled else MOST_HITS
        return _library().search(codes, radius, threads, limit)

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> Sequence[int]:
        return _library().exact(sha256=sha256, md5=md5)

    def knows(self, digest: str) -> bool:
        return _library().knows(digest)

    def look_up(self, rows: Collection[int]) -> Mapping[int, Entry]:
        if not rows:
            return {}
        live = Reference.objects.filter(pk__in=rows, removed_at=None, bank__enabled=True)
        return {row[0]: _entry(*row[1:]) for row in live.values_list(*_TOLD)}


def current() -> KnownLibrary:
    """Return what this process knows."""
    return KnownLibrary()


def ready() -> bool:
    """Tell whether everything that was known at the start is in the index."""
    return _follower().ready


def catch_up() -> None:
    """Take in all that is committed by now, without waiting for the thread that does. Raises psycopg.Error, OSError."""
    _follower().catch_up()


def follow(stop: Event) -> None:
    """Keep the index equal to the database, until `stop`: a thread of every process that scans."""
    _follower().run(stop)


def build(stop: Event) -> None:
    """Renew the base file when it is due, until `stop`: a thread of every process that scans; one at a time builds."""
    _follower().build_when_due(stop, _due)


def forget() -> None:
    """Let go of the index and the connection that feeds it; whoever asks next starts anew."""
    with _making:
        for follower in _followers:
            follower.close()
        _followers.clear()


def _library() -> Library:
    follower = _follower()
    library = follower.library
    if not follower.ready:
        raise Unavailable("the index is still being read", "ask again in a few seconds")
    return library


def _follower() -> Follower:
    """Return this process's follower, which is made when it is first asked for."""
    if _followers:
        return _followers[0]
    with _making:
        if not _followers:
            _followers.append(Follower(_parameters, settings().data / FOLDER))
        return _followers[0]


def _parameters() -> dict[str, Any]:
    """Return how to reach the database, without what is Django's own."""
    told = connection.get_connection_params()
    return {
        name: value
        for name, value in told.items()
        if name not in {"cursor_factory", "context", "client_encoding", "prepare_threshold"}
    }


def _due(changes: int, held: int) -> bool:
    return changes > max(_CHANGES, _SHARE * held)


def _entry(bank: str, name: str, public_id: object, kind: str, duration: float | None, *rest: Any) -> Entry:
    sha256, md5, source, note, added = rest
    known = kind if kind in get_args(engine.Kind) else "video"
    told = engine.Reference(
        name=name or str(public_id),
        kind=cast(engine.Kind, known),
        duration=duration,
        sha256=bytes(sha256).hex() if sha256 else None,
        md5=bytes(md5).hex() if md5 else None,
        source=source,
        note=note,
        added=added.isoformat(),
    )
    return Entry(bank, told)
