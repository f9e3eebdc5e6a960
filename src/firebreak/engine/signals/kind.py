"""What a kind of signal is: the contract that every member of the registry keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol, runtime_checkable

from firebreak.engine.media.source import MediaSource


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two signals of one kind laid side by side."""

    matched: bool
    distance: float
    """In the unit of the kind; 0 is the same, and up to the kind's `threshold` is a match."""


class Kind(Protocol):
    """A kind of fingerprint. A signal is always one string, so that it can be stored and exchanged."""

    @property
    def name(self) -> str:
        """How programs call it: lower case, digits and underscores."""

    @property
    def title(self) -> str:
        """What it is, in one line for people."""

    @property
    def threshold(self) -> float:
        """The largest distance that still is a match."""

    def parse(self, text: str) -> str:
        """Return the one canonical form of a signal written by anyone.

        Raises SignalError that says what is wrong with `text` and what was expected.
        """

    def compare(self, a: str, b: str) -> Comparison:
        """Compare a query's signal with a reference's. Raises SignalError when either is not one of this kind."""

    def examples(self) -> Sequence[str]:
        """Return signals in canonical form, for documentation and tests."""


@runtime_checkable
class FileKind(Kind, Protocol):
    """A kind that is computed from a file's bytes."""

    def hash_file(self, file: BinaryIO) -> str:
        """Return the signal of all that can be read from `file`, in constant memory."""


@runtime_checkable
class MediaKind(Kind, Protocol):
    """A kind that is computed from decoded pictures."""

    @property
    def media(self) -> Literal["image", "video"]:
        """Which `MediaInfo.kind` it is made for."""

    def hash_media(self, source: MediaSource) -> str:
        """Return the signal of an opened file.

        Raises SignalError when it shows no picture, and MediaError when it cannot be read.
        """
