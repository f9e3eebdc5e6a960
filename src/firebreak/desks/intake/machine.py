"""This process's scanner: one pool of decoders, made when it is first needed, so after every fork."""

from __future__ import annotations

import os
import threading
from typing import Final

from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.scanner import Scanner
from firebreak.records.banks import library
from firebreak.records.common.settings import settings

# To start a decoder takes as long as to decode dozens of stills, on the cores that others wait for: so, seldom.
FILES_PER_CHILD: Final = 2000

_pools: Final[dict[int, DecoderPool]] = {}
_making: Final = threading.Lock()


def pool() -> DecoderPool:
    """Return the decoders of this process."""
    own = os.getpid()
    if own not in _pools:
        with _making:
            if own not in _pools:
                _pools[own] = DecoderPool(settings().decoders, files_per_child=FILES_PER_CHILD)
    return _pools[own]


def warm() -> None:
    """Start the decoders, without waiting for them, so that the first scan does not."""
    pool().warm()


def scanner() -> Scanner:
    """Return what scans against all that is known."""
    return Scanner(library.current(), pool=pool())


def close() -> None:
    """Stop the decoders of this process, if there are any."""
    with _making:
        if made := _pools.pop(os.getpid(), None):
            made.close()
