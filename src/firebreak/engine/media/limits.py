"""How much one file may cost."""

from dataclasses import dataclass, replace
from typing import Final

# A JPEG is reduced while it is decoded, so that one of 200 million pixels, as telephones make, costs less than a PNG
# of a tenth.
_JPEG: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file. The decoders enforce the first three, the sandbox the others."""

    pixels: int = 8192 * 8192
    """Width times height of one picture, read from the header before anything is decoded; a JPEG may have thrice."""
    frames: int = 500_000
    """Frames decoded in one pass over the file, whether they are handed out or not."""
    duration: float = 6 * 3600.0
    """Seconds of presentation."""
    memory: int = 1536 * 1024 * 1024
    """Bytes of address space, above the idle decoder process where the system can say so."""
    cpu_seconds: float = 120.0
    wall_seconds: float = 180.0

    def for_format(self, name: str) -> "Limits":
        """The bounds for a picture in the format that Pillow calls `name`."""
        return replace(self, pixels=_JPEG * self.pixels) if name == "JPEG" else self
