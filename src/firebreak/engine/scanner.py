"""One item in, findings out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from firebreak.engine.findings import Scan, Thresholds
from firebreak.engine.inspection import Inspection
from firebreak.engine.known import Known
from firebreak.engine.media.sandbox.input_file import Source
from firebreak.engine.media.sandbox.pool import DecoderPool


class Scanner:
    """Says which of the references known a file shows, and where.

    Safe for use from several threads; each scan occupies one decoder of the pool.
    """

    def __init__(
        self,
        known: Known | Iterable[Known],
        *,
        pool: DecoderPool | None = None,
        thresholds: Thresholds | None = None,
        threads: int = 1,
    ) -> None:
        self.known = [known] if isinstance(known, Known) else list(known)
        self.thresholds = thresholds or Thresholds()
        self.threads = threads
        self._owns_pool = pool is None
        self._pool = DecoderPool() if pool is None else pool

    def scan(self, source: Source, deadline: float | None = None, *, wait: float | None = None) -> Scan:
        """Return what a file shows. An unreadable file is an answer with `error`, not an exception.

        Raises ScanDeadline soon after `deadline`, a time of `time.monotonic()`, and PoolBusy when no decoder was free
        for `wait` seconds: then nothing is known of the file. A path or descriptor is read where it lies, never copied.
        """
        started = time.perf_counter()
        inspection = Inspection(self.known, self.threads, deadline)
        found = inspection.run(source, self._pool, wait)
        sure = max((f.confidence for f in found), default=0.0)
        return Scan(
            verdict=None if inspection.error and not found else self.thresholds.verdict(sure),
            confidence=sure,
            ms=round((time.perf_counter() - started) * 1000, 1),
            error=inspection.error,
            findings=tuple(found),
            warnings=inspection.warnings,
            seen=inspection.seen(),
        )

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
