"""The slots of shared memory in which frames and sound cross: the child writes them, the parent reads."""

import mmap

import numpy as np

from firebreak.engine.media.sandbox import shrink
from firebreak.engine.media.source import Luma, Samples

SLOTS = 4
"""How far a child may run ahead of its parent."""
SLOT_BYTES = 4 * 1024 * 1024
"""Holds a 1440p picture; larger ones are reduced to fit."""
RING_BYTES = SLOTS * SLOT_BYTES
SAMPLES_PER_SLOT = SLOT_BYTES // np.dtype(np.float32).itemsize


class RingWriter:
    """The child's side."""

    def __init__(self, descriptor: int) -> None:
        memory = mmap.mmap(descriptor, RING_BYTES)
        self._slots = np.frombuffer(memory, np.uint8).reshape(SLOTS, SLOT_BYTES)

    def put_luma(self, slot: int, luma: Luma) -> tuple[int, int]:
        """Write a picture, reduced where it is larger than a slot; returns its (height, width) there."""
        height, width = luma.shape
        down, across = shrink.factors(height, width, SLOT_BYTES)
        height, width = height // down, width // across
        target = self._slots[slot, : height * width].reshape(height, width)
        shrink.box_mean(luma, down, across, target)
        return height, width

    def put_samples(self, slot: int, samples: Samples) -> None:
        """Write at most SAMPLES_PER_SLOT samples."""
        self._slots[slot].view(np.float32)[: samples.size] = samples


class RingReader:
    """The parent's side: read-only views, which hold the memory as long as they live."""

    def __init__(self, descriptor: int) -> None:
        memory = mmap.mmap(descriptor, RING_BYTES, prot=mmap.PROT_READ)
        self._slots = np.frombuffer(memory, np.uint8).reshape(SLOTS, SLOT_BYTES)

    def luma(self, slot: int, height: int, width: int) -> Luma:
        return self._slots[slot, : height * width].reshape(height, width)

    def samples(self, slot: int, count: int) -> Samples:
        """A copy of the slot's first `count` samples."""
        samples: Samples = self._slots[slot].view(np.float32)[:count].copy()
        return samples
