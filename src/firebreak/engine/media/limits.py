"""How much one file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file. The decoders enforce the first three, the sandbox the others."""

    pixels: int = 100_000_000
    """Width times height of one picture, read from the header before anything is decoded."""
    frames: int = 500_000
    """Frames decoded in one pass over the file, whether they are handed out or not."""
    duration: float = 6 * 3600.0
    """Seconds of presentation."""
    memory: int = 1536 * 1024 * 1024
    """Bytes of address space, above the idle decoder process where the system can say so."""
    cpu_seconds: float = 120.0
    wall_seconds: float = 180.0
