"""Single pictures: one source for all, and the pictures that Pillow decodes."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.guard import DECODER_ERRORS, decoding, note, reason
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.pictures import FULL_RANGE, load_luma, open_picture, pillow
from firebreak.engine.media.source import AudioBlock, Frame, Luma, MediaInfo


class StillPicture(Protocol):
    """A picture whose header has been read. Both calls may raise what decoding libraries raise."""

    def size(self) -> tuple[int, int]:
        """Width and height. Raises LimitExceeded where they are beyond the limit."""

    def decode(self, warnings: list[str]) -> tuple[Luma, int, int]:
        """Luma (height, width), and the codes of black and white."""


class StillSource:
    """A file with one picture, which every iterator gives once, at second 0."""

    def __init__(self, picture: StillPicture, name: str) -> None:
        self._picture = picture
        self.warnings: list[str] = []
        with decoding("the picture"):
            width, height = picture.size()
        self.info = MediaInfo("image", name, width, height, 0.0, has_audio=False)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def sparse_frames(self, max_gap: float) -> Iterator[Frame]:  # noqa: ARG002 - there is but one
        with decoding("the picture"):
            yield Frame(0.0, *self._picture.decode(self.warnings), keyframe=True)

    def frames(
        self,
        start: float = 0.0,
        end: float | None = None,  # noqa: ARG002
        step: float = 0.25,
    ) -> Iterator[Frame]:
        if start <= 0:
            yield from self.sparse_frames(step)

    def audio(self, rate: int = 16000) -> Iterator[AudioBlock]:  # noqa: ARG002
        return iter(())


class PillowPicture:
    """A picture in a format that Pillow decodes.

    Orientation flags (EXIF) are not applied: the pixels are those stored, as the PDQ peers hash them.
    """

    def __init__(self, file: BinaryIO, limits: Limits, name: str) -> None:
        self._file = file
        self._limits = limits
        self._name = name

    def size(self) -> tuple[int, int]:
        try:
            with pillow(self._limits):
                return open_picture(self._file, self._name, self._limits).size
        except DECODER_ERRORS:
            with pillow(self._limits, tolerant=True):
                return open_picture(self._file, self._name, self._limits).size

    def decode(self, warnings: list[str]) -> tuple[Luma, int, int]:
        """What a damaged file still gives comes with a warning."""
        try:
            with pillow(self._limits):
                luma = load_luma(open_picture(self._file, self._name, self._limits))
        except DECODER_ERRORS as error:
            luma = self._decode_damaged()
            note(warnings, f"damaged ({reason(error)}): only what could be read is used")
        return luma, *FULL_RANGE

    def _decode_damaged(self) -> Luma:
        with pillow(self._limits, tolerant=True):
            luma = load_luma(open_picture(self._file, self._name, self._limits))
        if luma.min() == luma.max():
            raise UnreadableMedia(
                "nothing in the picture can be decoded", "check that the file is whole and opens elsewhere"
            )
        return luma
