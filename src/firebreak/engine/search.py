"""What the pictures of one item hit: every picture is searched once, every row looked up once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firebreak.engine import deadline as deadlines
from firebreak.engine.known import Entry, FrameHits, Known
from firebreak.engine.matching.evidence import MATCH_RADIUS
from firebreak.engine.pictures import ORIENTATIONS, Pictures

# Codes times frames that one search may compare: no deadline is missed by much longer than that takes.
PORTION: Final = 100_000_000


class Search:
    """Grows with the pictures of its item. Not for use from several threads."""

    def __init__(self, known: Known, threads: int = 1, deadline: float | None = None) -> None:
        self._known = known
        self._threads = threads
        self._deadline = deadline
        self._searched: NDArray[np.float64] = np.empty(0)  # times of pictures
        self._parts: list[tuple[NDArray[np.float64], FrameHits]] = []  # times and hits; they count orientations only
        self._entries: dict[int, Entry | None] = {}  # None: gone meanwhile

    def hits(self, seen: Pictures) -> FrameHits:
        """Return all that the pictures hit; `query` counts their orientations. Raises ScanDeadline."""
        self._search(seen)
        if not self._parts:
            return FrameHits.none()
        times = np.concatenate([times for times, _ in self._parts])
        hits = FrameHits.joined([hits for _, hits in self._parts])
        query = np.searchsorted(seen.times, times) * ORIENTATIONS + hits.query
        return FrameHits(query, hits.row, hits.time, hits.distance)

    def entry(self, row: int) -> Entry | None:
        """Return whose row that is, if it is still anybody's; one that was hit."""
        return self._entries[row]

    def _search(self, seen: Pictures) -> None:
        fresh = np.flatnonzero(~np.isin(seen.times, self._searched))
        self._searched = seen.times
        if not len(fresh) or not self._known.frames:
            return
        step = len(fresh) if self._deadline is None else max(1, PORTION // (self._known.frames * ORIENTATIONS))
        for start in range(0, len(fresh), step):
            deadlines.require(self._deadline)
            self._search_some(seen, fresh[start : start + step])
        self._look_up()

    def _search_some(self, seen: Pictures, which: NDArray[np.int64]) -> None:
        hits = self._known.search(seen.codes[which].reshape(-1, seen.codes.shape[-1]), MATCH_RADIUS, self._threads)
        if len(hits):
            picture, orientation = np.divmod(hits.query, ORIENTATIONS)
            self._parts.append((seen.times[which[picture]], FrameHits(orientation, hits.row, hits.time, hits.distance)))

    def _look_up(self) -> None:
        rows = {row for _, hits in self._parts for row in np.unique(hits.row).tolist()} - self._entries.keys()
        if rows:
            found = self._known.look_up(rows)
            self._entries |= {row: found.get(row) for row in rows}
