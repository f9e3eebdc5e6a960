"""What the load is made of: codes known and asked for, pictures, clips."""

from __future__ import annotations

import io
import json
import secrets
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.media import still, write_video

BOUNDARY = "firebreak-load"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def codes(count: int, seed: int = 1) -> NDArray[np.uint8]:
    """Return PDQ codes `(count, 32)`, as bytes that the digits name."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), np.uint8)


def write_codes(path: Path, known: NDArray[np.uint8]) -> None:
    """Write a CSV that an import takes."""
    with path.open("w") as file:
        file.write("type,value\n")
        digits = known.tobytes().hex()
        file.writelines(f"pdq,{digits[at : at + 64]}\n" for at in range(0, len(digits), 64))


def asked(known: NDArray[np.uint8], count: int, seed: int = 2) -> list[str]:
    """Return hashes of which half lie up to 20 bits from a known one, half from none."""
    rng = np.random.default_rng(seed)
    near = known[rng.integers(0, len(known), count // 2)].copy()
    flips = np.argsort(rng.random((len(near), 256)), axis=1) < rng.integers(0, 21, (len(near), 1))
    near ^= np.packbits(flips, axis=1)
    far = codes(count - len(near), seed + 1)
    mixed = np.concatenate([near, far])[rng.permutation(count)]
    return [row.tobytes().hex() for row in mixed]


def batch(path: Path, hashes: list[str]) -> Path:
    """Write the body of one look-up of many signals."""
    path.write_text(json.dumps({"signals": [{"kind": "pdq", "value": value} for value in hashes]}))
    return path


def jpeg(seed: int, wanted: int = 234_000) -> bytes:
    """Return a 1280 x 720 JPEG of about `wanted` bytes: detail is added as noise until it is as large."""
    picture = np.asarray(still(seed, (1280, 720)).convert("RGB"), np.int16)
    rng = np.random.default_rng(seed)
    low, high, best = 0.0, 40.0, b""
    for _ in range(7):
        strength = (low + high) / 2
        noisy = np.clip(picture + rng.normal(0, strength, picture.shape), 0, 255).astype(np.uint8)
        best = _encoded(noisy)
        low, high = (strength, high) if len(best) < wanted else (low, strength)
    return best


def form(path: Path, content: bytes, name: str, kind: str) -> Path:
    """Write the multipart body of one upload."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    path.write_bytes(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode())
    return path


def giant_png(side: int = 13_000) -> bytes:
    """Return a PNG of `side` x `side` grey pixels that packs into a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content).to_bytes(4)
        return len(content).to_bytes(4) + kind + content + crc

    packer, rows = zlib.compressobj(1), io.BytesIO()
    for _ in range(side):
        rows.write(packer.compress(bytes(side + 1)))
    rows.write(packer.flush())
    head = side.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows.getvalue()) + chunk(b"IEND", b"")


def clip(path: Path, seed: int) -> Path:
    """Write ten seconds of 720p."""
    return write_video(path, 10.0, seed=seed, size=(1280, 720))


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image  # noqa: PLC0415 - beside its use

    into = io.BytesIO()
    Image.fromarray(picture).save(into, "JPEG", quality=85)
    return into.getvalue()
