"""PDQ, the perceptual hash of a still: 256 bits that survive re-encoding, resizing and small edits.

Own implementation of the algorithm that Facebook published in 2019 (facebook/ThreatExchange, pdq/). Codes agree with
other implementations to a few bits, as theirs do with each other.
"""

from firebreak.engine.signals.pdq.code import Code, from_hex, to_hex
from firebreak.engine.signals.pdq.hashing import VARIANTS, compile_kernels, hash_dihedral, hash_luma

__all__ = ["VARIANTS", "Code", "compile_kernels", "from_hex", "hash_dihedral", "hash_luma", "to_hex"]
