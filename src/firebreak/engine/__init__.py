"""Knows bytes: decoding, fingerprints, matching. No database, no HTTP, no Django.

from firebreak.engine import Bank, Scanner

with Scanner(Bank.load(Path("known.bank"))) as scanner:
    print(scanner.scan(Path("upload.mp4")).verdict)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firebreak.engine.banks.bank import Bank
    from firebreak.engine.media.sandbox.pool import DecoderPool
    from firebreak.engine.scanner import Scanner

__all__ = ["Bank", "DecoderPool", "Scanner"]

_HOMES = {
    "Bank": "firebreak.engine.banks.bank",
    "DecoderPool": "firebreak.engine.media.sandbox.pool",
    "Scanner": "firebreak.engine.scanner",
}


def __getattr__(name: str) -> Any:
    """Import on first use: a decoder's process must not load what only its parent needs."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
