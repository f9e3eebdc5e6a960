"""The Merkle tree of RFC 6962: roots, and proofs that anyone can check.

Pure: hashes come from a `Fetch`, so a tree of any size is proved from the few complete subtrees that it needs. A
complete subtree is named by `(level, index)`: it covers the leaves from `index << level` on, `1 << level` of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

Subtree = tuple[int, int]
Fetch = Callable[[Sequence[Subtree]], Mapping[Subtree, bytes]]
Range = tuple[int, int]

EMPTY: Final = hashlib.sha256().digest()


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def position(subtree: Subtree) -> int:
    """Return the number of a complete subtree of two or more leaves, counted as a growing tree makes them."""
    level, index = subtree
    before = ((index + 1) << level) - 1  # leaves there were before the one that completed it
    return before - before.bit_count() + level - 1


def cover(start: int, end: int) -> list[Subtree]:
    """Return the complete subtrees, left to right, that the leaves from `start` to `end` (excluded) are made of."""
    subtrees = []
    while start < end:
        aligned = (start & -start).bit_length() - 1 if start else end.bit_length()
        level = min(aligned, (end - start).bit_length() - 1)
        subtrees.append((level, start >> level))
        start += 1 << level
    return subtrees


class Frontier:
    """The right edge of a tree, from which it grows: the hashes of its complete subtrees, largest first."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} hashes at its edge")

    def append(self, leaf: bytes) -> list[tuple[Subtree, bytes]]:
        """Add a leaf's hash. Returns the subtrees of two or more leaves that it completed, smallest first."""
        completed = []
        level, index = 0, self.size
        while index & 1:
            leaf = hash_node(self._hashes.pop(), leaf)
            level, index = level + 1, index >> 1
            completed.append(((level, index), leaf))
        self._hashes.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root; of no leaves, the hash of nothing."""
        return _fold(self._hashes) if self._hashes else EMPTY


def root(size: int, fetch: Fetch) -> bytes:
    """Return the root over the first `size` leaves."""
    return _hash_ranges([(0, size)], fetch)[0] if size else EMPTY


def prove_inclusion(index: int, size: int, fetch: Fetch) -> list[bytes]:
    """Return the audit path of the leaf `index` in the tree of `size` leaves."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return _hash_ranges(_inclusion_ranges(index, size), fetch)


def prove_consistency(old: int, new: int, fetch: Fetch) -> list[bytes]:
    """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    return _hash_ranges(_consistency_ranges(old, new), fetch) if 0 < old < new else []


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether `path` proves that the leaf with hash `leaf` is at `index` of the tree with `root`."""
    if not 0 <= index < size:
        return False
    last, found = size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = hash_node(step, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hash_node(found, step)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether `path` proves that the tree with `new_root` begins with the tree with `old_root`."""
    if not 0 <= old <= new:
        return False
    if old in {0, new}:
        return not path and old_root == (EMPTY if old == 0 else new_root)
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = hash_node(step, first), hash_node(step, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = hash_node(second, step)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join neighbouring complete subtrees, largest first, into the hash over all of them."""
    *rest, joined = hashes
    for left in reversed(rest):
        joined = hash_node(left, joined)
    return joined


def _hash_ranges(ranges: Sequence[Range], fetch: Fetch) -> list[bytes]:
    covers = [cover(start, end) for start, end in ranges]
    hashes = fetch([subtree for subtrees in covers for subtree in subtrees])
    return [_fold([hashes[subtree] for subtree in subtrees]) for subtrees in covers]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _inclusion_ranges(index: int, size: int) -> list[Range]:
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def _consistency_ranges(old: int, new: int) -> list[Range]:
    start, end, ranges = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]
