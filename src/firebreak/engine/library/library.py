"""What a host knows, to be searched from many threads while one changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firebreak.engine.known import FrameHits
from firebreak.engine.library.base import Base
from firebreak.engine.library.changes import DIGEST_BYTES, MD5, SHA256, Signals
from firebreak.engine.library.knowledge import Knowledge
from firebreak.engine.matching.arrayfile import JSON
from firebreak.engine.signals.hexadecimal import parse_hex

_KINDS = {"sha256": SHA256, "md5": MD5}


class Library:
    """A base file that processes share, and the changes since, each process its own.

    Changes may come from any thread and wait for one another. A search sees all of a base and its changes or all of
    the next: what is in both is never missed.
    """

    def __init__(self) -> None:
        self._knowledge = Knowledge(Base.of(Signals.none(), {}))
        self._changing = Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a base file. Raises IndexFileError when it is damaged or no base file, OSError when it is not there."""
        library = cls()
        library.adopt(path)
        return library

    def adopt(self, path: Path) -> None:
        """Go over to a newer base file and forget the changes that it holds. Raises as `open` does.

        Changes that were made while it was being built stay: it need not be newer than the last of them.
        """
        base = Base.open(path)
        with self._changing:
            self._knowledge = self._knowledge.moved_to(base)

    @property
    def base_meta(self) -> Mapping[str, JSON]:
        """What the builder of the base file stored with it."""
        return self._knowledge.base.meta

    @property
    def overlay_size(self) -> int:
        """How many changes every search goes through: a measure of when a new base file is due."""
        return self._knowledge.changes

    def __len__(self) -> int:
        """How many PDQ codes there are."""
        return len(self._knowledge)

    def add(self, signals: Signals) -> None:
        """Add signals; one that is there already is left as it is."""
        with self._changing:
            self._knowledge.add(signals)

    def remove(self, signals: NDArray[np.int64]) -> int:
        """Remove signals by number; return how many were there."""
        with self._changing:
            return self._knowledge.remove(signals)

    def search(self, codes: NDArray[np.uint64], radius: int, threads: int = 1, limit: int = 256) -> FrameHits:
        """Return the frames within `radius` bits of the PDQ codes `(n, 4)`, for each the `limit` nearest.

        `row` of the hits is the number of the reference.
        """
        return self._knowledge.search(codes, radius, threads, limit)

    def exact(self, *, sha256: str | None = None, md5: str | None = None) -> list[int]:
        """Return the numbers of the references that are the very same file. Raises SignalError."""
        knowledge, found = self._knowledge, set[int]()
        for name, digest in (("sha256", sha256), ("md5", md5)):
            if digest:
                kind = _KINDS[name]
                text = parse_hex(digest, 2 * DIGEST_BYTES[kind], name)
                found |= knowledge.exact(kind, np.frombuffer(bytes.fromhex(text).ljust(32, b"\0"), np.uint8))
        return sorted(found)

    def knows(self, digest: str) -> bool:
        """Tell whether there is any `"sha256"` or `"md5"`, so that nobody reckons one for nothing."""
        return self._knowledge.knows(_KINDS[digest])

    def signals(self) -> Iterator[Signals]:
        """Give all that is known in batches, to build a base file from. No changes until it is through."""
        return self._knowledge.signals()
