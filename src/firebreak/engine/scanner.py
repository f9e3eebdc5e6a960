"""One item in, findings out.

The way of an item: its exact hash, which costs no decoding; then its keyframes, searched in the index; then, only
where those matched, the pictures around them, so that segments end where the copy ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from firebreak.engine.banks.bank import Bank
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import MediaError
from firebreak.engine.findings import Finding, Scan, Segment, Thresholds
from firebreak.engine.fingerprint import REFERENCE_STEP, Source, digests
from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.source import MediaInfo, MediaSource
from firebreak.engine.pictures import Pictures
from firebreak.engine.recognition import Candidate, candidates, findings
from firebreak.engine.refinement import Refinement

# Between two pictures of a video there is never more than this (s) when it is first looked at ...
MAX_GAP: Final = 10.0
# ... and a short one is looked at this many times.
LOOKS: Final = 6
MIN_GAP: Final = 1.0
# Below this evidence (decades) a candidate is not worth a finding: it would be wrong more often than right.
WORTH_TELLING: Final = 0.3


class Scanner:
    """Says which references of its banks a file shows, and where.

    Safe for use from several threads; each scan occupies one decoder of the pool.
    """

    def __init__(
        self,
        banks: Bank | Iterable[Bank],
        *,
        pool: DecoderPool | None = None,
        thresholds: Thresholds | None = None,
        threads: int = 1,
    ) -> None:
        self.banks = [banks] if isinstance(banks, Bank) else list(banks)
        self.thresholds = thresholds or Thresholds()
        self.threads = threads
        self._owns_pool = pool is None
        self._pool = DecoderPool() if pool is None else pool

    def scan(self, source: Source) -> Scan:
        """Return what a file shows. An unreadable file is an answer with `error`, not an exception."""
        started = time.perf_counter()
        error: str | None = None
        warnings: list[str] = []
        found: list[Finding] = []
        try:
            found = self._exact(source)
            if not found:
                found, warnings, error = self._look(source)
        except (MediaError, OSError) as problem:
            error = str(problem)
        sure = max((f.confidence for f in found), default=0.0)
        return Scan(
            verdict=None if error and not found else self.thresholds.verdict(sure),
            confidence=sure,
            ms=round((time.perf_counter() - started) * 1000, 1),
            error=error,
            findings=tuple(found),
            warnings=tuple(warnings),
        )

    def _exact(self, source: Source) -> list[Finding]:
        """Return the references that are the very same file."""
        by_md5 = any(bank.knows("md5") for bank in self.banks)  # slow, and mostly there is something surer
        if not by_md5 and not any(bank.knows("sha256") for bank in self.banks):
            return []
        sha256, md5 = digests(source, md5=by_md5)
        return [
            _same_file(reference, bank.name) for bank in self.banks for reference in bank.exact(sha256=sha256, md5=md5)
        ]

    def _look(self, source: Source) -> tuple[list[Finding], list[str], str | None]:
        """Return findings, warnings and, when reading broke off, the error; what was seen before it still counts."""
        pictures, found, error = Pictures(), [], None
        with self._pool.open(source) as media:
            info = media.info
            try:
                if info.kind != "audio":
                    found = self._watch(media, pictures)
            except MediaError as problem:
                error = str(problem)
                found = self._candidates(pictures, info)
            told = [c for c in found if c.evidence >= WORTH_TELLING]
            return findings(told, pictures, info.duration), list(media.warnings), error

    def _watch(self, media: MediaSource, pictures: Pictures) -> list[Candidate]:
        pictures.read(media.sparse_frames(_gap(media.info.duration)))
        found = self._candidates(pictures, media.info)
        refinement = Refinement(media.info.duration)
        while media.info.kind == "video" and (windows := refinement.windows(found, pictures)):
            for start, end in windows:
                pictures.read(media.frames(start, end, REFERENCE_STEP))
            found = self._candidates(pictures, media.info)
        return found

    def _candidates(self, pictures: Pictures, info: MediaInfo) -> list[Candidate]:
        still = info.kind == "image"
        found = [c for bank in self.banks for c in candidates(pictures, bank, still=still, threads=self.threads)]
        return sorted(found, key=lambda c: -c.evidence)

    def close(self) -> None:
        """Stop the decoders, if they are this scanner's own."""
        if self._owns_pool:
            self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _gap(duration: float | None) -> float:
    return MIN_GAP if duration is None else min(MAX_GAP, max(MIN_GAP, duration / LOOKS))


def _same_file(reference: Reference, bank: str) -> Finding:
    whole = (0.0, round(reference.duration or 0.0, 2))
    kind = "sha256" if reference.sha256 else "md5"
    return Finding(reference.name, bank, 0.9999, (kind,), (Segment(whole, whole, 1.0, False, "file"),))
