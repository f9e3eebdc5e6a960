"""One scan under way.

The way of an item: its exact hash, which costs no decoding; then its keyframes, searched in the index; then, only
where those matched, the pictures around them, so that segments end where the copy ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firebreak.engine import deadline as deadlines
from firebreak.engine.errors import MediaError
from firebreak.engine.findings import Finding, Seen
from firebreak.engine.fingerprint import REFERENCE_STEP, digests
from firebreak.engine.known import Known
from firebreak.engine.media.sandbox.input_file import Source, input_descriptor
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.source import MediaInfo, MediaSource
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import Candidate, candidates
from firebreak.engine.refinement import Refinement
from firebreak.engine.search import Search
from firebreak.engine.telling import findings, same_file

# Between two pictures of a video there is never more than this (s) when it is first looked at ...
MAX_GAP: Final = 10.0
# ... and a short one is looked at this many times.
LOOKS: Final = 6
MIN_GAP: Final = 1.0
# Below this evidence (decades) a candidate is not worth a finding: it would be wrong more often than right.
WORTH_TELLING: Final = 0.3


class Inspection:
    """Looks at one item, until its deadline, and keeps what there was to see."""

    def __init__(self, known: Sequence[Known], threads: int, deadline: float | None) -> None:
        self._known = known
        self._searches = [Search(one, threads, deadline) for one in known]
        self._deadline = deadline
        self._digests: tuple[str, str | None] | None = None
        self._info: MediaInfo | None = None
        self._pictures = Pictures()
        self.warnings: tuple[str, ...] = ()
        self.error: str | None = None

    def run(self, source: Source, pool: DecoderPool, wait: float | None) -> list[Finding]:
        """Return what the item shows; where it could not be read, `error` says so. Raises ScanDeadline, PoolBusy."""
        try:
            with input_descriptor(source) as file:
                self._digests = digests(file, md5=any(k.knows("md5") for k in self._known), deadline=self._deadline)
                return self._exact() or self._look(file, pool, wait)
        except (MediaError, OSError) as problem:
            self.error = str(problem)
        return []

    def seen(self) -> Seen | None:
        """Return what the item is known by from now on; None where there was no file."""
        if self._digests is None:
            return None
        pictures = self._pictures
        return Seen(*self._digests, self._info, pictures.times, pictures.codes[:, 0], pictures.quality)

    def _exact(self) -> list[Finding]:
        """Return the references that are the very same file."""
        sha256, md5 = self._digests or (None, None)
        found: list[Finding] = []
        for known in self._known:
            if rows := known.exact(sha256=sha256, md5=md5):
                found += [same_file(row, entry) for row, entry in known.look_up(rows).items()]
        return found

    def _look(self, file: int, pool: DecoderPool, wait: float | None) -> list[Finding]:
        """Return findings; when reading breaks off, what was seen before still counts."""
        found: list[Candidate] = []
        with pool.open(file, deadline=self._deadline, wait=wait) as media:
            self._info = info = media.info
            try:
                if info.kind != "audio":
                    found = self._watch(media)
            except MediaError as problem:
                self.error = str(problem)
                found = self._candidates(info)
            self.warnings = tuple(media.warnings)
        told = [c for c in found if c.evidence >= WORTH_TELLING]
        return findings(told, self._pictures, info.duration)

    def _watch(self, media: MediaSource) -> list[Candidate]:
        self._pictures.read(media.sparse_frames(_gap(media.info.duration)))
        found = self._candidates(media.info)
        refinement = Refinement(media.info.duration)
        while media.info.kind == "video" and (windows := refinement.windows(found, self._pictures)):
            for start, end in windows:
                self._pictures.read(media.frames(start, end, REFERENCE_STEP))
            found = self._candidates(media.info)
        return found

    def _candidates(self, info: MediaInfo) -> list[Candidate]:
        deadlines.require(self._deadline)
        still = info.kind == "image"
        found = [c for search in self._searches for c in candidates(self._pictures, search, still=still)]
        return sorted(found, key=lambda c: -c.evidence)


def _gap(duration: float | None) -> float:
    return MIN_GAP if duration is None else min(MAX_GAP, max(MIN_GAP, duration / LOOKS))
