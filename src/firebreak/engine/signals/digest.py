"""Cryptographic digests of a file's bytes: they find exact copies and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from firebreak.engine.signals.hexadecimal import parse_hex
from firebreak.engine.signals.kind import Comparison


@dataclass(frozen=True, slots=True)
class Digest:
    """One of hashlib's algorithms as a kind of signal."""

    name: str
    title: str
    digits: int
    example: str
    threshold: float = 0

    def parse(self, text: str) -> str:
        return parse_hex(text, self.digits, self.name)

    def compare(self, a: str, b: str) -> Comparison:
        """Tell whether both are the same: distance 0, or else 1."""
        same = self.parse(a) == self.parse(b)
        return Comparison(matched=same, distance=0 if same else 1)

    def examples(self) -> Sequence[str]:
        return (self.example,)

    def hash_file(self, file: BinaryIO) -> str:
        digest = hashlib.new(self.name, usedforsecurity=False)
        while block := file.read(1 << 20):
            digest.update(block)
        return digest.hexdigest()
