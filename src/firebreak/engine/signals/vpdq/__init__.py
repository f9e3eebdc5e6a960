"""vPDQ, the perceptual hash of a video: the PDQ codes of its pictures, each with its time.

Own implementation of facebook/ThreatExchange, vpdq/. It finds what shares most of its pictures with a reference, in
any order; `engine.matching` says where and at which speed.
"""

from firebreak.engine.signals.vpdq.comparison import Shares, compare
from firebreak.engine.signals.vpdq.formats import (
    FrameCode,
    read,
    read_json,
    read_lines,
    write_json,
    write_lines,
    write_tx,
)

__all__ = [
    "FrameCode",
    "Shares",
    "compare",
    "read",
    "read_json",
    "read_lines",
    "write_json",
    "write_lines",
    "write_tx",
]
