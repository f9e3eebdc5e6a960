"""Harmless signals, made up from a number."""

from __future__ import annotations

import hashlib

from firebreak.records.banks.drafts import Draft, key_of


def pdq_hex(number: int) -> str:
    """Return 64 digits that no other number has; two of them differ by about 128 bits."""
    return hashlib.sha256(f"picture {number}".encode()).hexdigest()


def draft(number: int, *, name: str | None = None, frames: int = 1) -> Draft:
    codes = b"".join(bytes.fromhex(pdq_hex(number * 1000 + frame)) for frame in range(frames))
    told = f"pattern {number}" if name is None else name
    kind = "video" if frames > 1 else "image"
    times = [float(frame) for frame in range(frames)]
    return Draft(
        told,
        kind,
        times[-1] or None,
        "",
        "",
        None,
        None,
        times,
        [100] * frames,
        codes,
        key_of(None, None, times, codes),
    )
