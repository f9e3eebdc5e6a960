"""The tree is RFC 6962's: its roots and audit paths are pymerkle's, its proofs convince, and no forged one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.ledger import tree

SIZES = st.integers(0, 300)


class Grown:
    """A tree in memory, grown leaf by leaf, that keeps what the database would keep."""

    def __init__(self, size: int) -> None:
        self.frontier = tree.Frontier()
        self.nodes: dict[tree.Subtree, bytes] = {}
        self.roots = [self.frontier.root()]
        for number in range(size):
            leaf = tree.hash_leaf(data(number))
            self.nodes[0, number] = leaf
            self.nodes |= dict(self.frontier.append(leaf))
            self.roots.append(self.frontier.root())

    def fetch(self, subtrees: Sequence[tree.Subtree]) -> Mapping[tree.Subtree, bytes]:
        return {subtree: self.nodes[subtree] for subtree in subtrees}


def data(number: int) -> bytes:
    return b"leaf %d" % number


def peer(size: int) -> pymerkle.InmemoryTree:
    return pymerkle.InmemoryTree.init_from_entries([data(number) for number in range(size)], algorithm="sha256")


GROWN = Grown(300)
PEER = peer(300)


def test_every_root_is_pymerkles() -> None:
    for size in range(301):
        assert GROWN.roots[size] == PEER.get_root(size)
        assert tree.root(size, GROWN.fetch) == GROWN.roots[size]


def test_every_audit_path_is_pymerkles() -> None:
    for size in range(1, 130):
        for index in range(size):
            expected = PEER.prove_inclusion(index + 1, size).path[1:]
            assert tree.prove_inclusion(index, size, GROWN.fetch) == expected


def test_the_consistency_proofs_of_the_rfc() -> None:
    """RFC 6962, 2.1.3: of a tree of seven leaves, with the names that the example gives to its nodes."""
    seven = Grown(7)
    c, d, j = (tree.hash_leaf(data(number)) for number in (2, 3, 6))
    g, i, k = seven.nodes[1, 0], seven.nodes[1, 2], seven.nodes[2, 0]
    last = tree.hash_node(i, j)
    assert tree.prove_consistency(3, 7, seven.fetch) == [c, d, g, last]
    assert tree.prove_consistency(4, 7, seven.fetch) == [last]
    assert tree.prove_consistency(6, 7, seven.fetch) == [i, j, k]


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert tree.root(0, GROWN.fetch).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(SIZES.filter(bool), st.data())
def test_an_audit_path_convinces(size: int, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, size - 1))
    path = tree.prove_inclusion(index, size, GROWN.fetch)
    assert tree.verify_inclusion(index, size, GROWN.nodes[0, index], path, GROWN.roots[size])


@given(SIZES.filter(bool), st.data())
def test_a_forged_audit_path_convinces_nobody(size: int, draw: st.DataObject) -> None:
    index, other = draw.draw(st.integers(0, size - 1)), draw.draw(st.integers(0, size - 1))
    path = tree.prove_inclusion(index, size, GROWN.fetch)
    leaf, root = GROWN.nodes[0, index], GROWN.roots[size]
    assert not tree.verify_inclusion(index, size, tree.hash_leaf(b"other"), path, root)
    assert not tree.verify_inclusion(index, size, leaf, [*path, root], root)
    assert not tree.verify_inclusion(size, size, leaf, path, root)
    if path:
        assert not tree.verify_inclusion(index, size, leaf, path[:-1], root)
        assert not tree.verify_inclusion(index, size, leaf, [bytes(32), *path[1:]], root)
    if other != index:
        assert not tree.verify_inclusion(other, size, leaf, path, root)


@given(SIZES, SIZES)
def test_a_consistency_proof_convinces(one: int, other: int) -> None:
    old, new = sorted((one, other))
    proof = tree.prove_consistency(old, new, GROWN.fetch)
    assert tree.verify_consistency(old, new, GROWN.roots[old], GROWN.roots[new], proof)


@given(SIZES, SIZES)
def test_a_forged_consistency_proof_convinces_nobody(one: int, other: int) -> None:
    old, new = sorted((one, other))
    proof = tree.prove_consistency(old, new, GROWN.fetch)
    roots = GROWN.roots[old], GROWN.roots[new]
    assert not tree.verify_consistency(old, new, bytes(32), roots[1], proof)
    assert not tree.verify_consistency(old, new, *roots, [*proof, bytes(32)])
    assert not tree.verify_consistency(new + 1, new, *roots, proof)
    if old:
        assert not tree.verify_consistency(old, new, roots[0], bytes(32), proof)
    if proof:
        assert not tree.verify_consistency(old, new, *roots, [bytes(32), *proof[1:]])
        assert not tree.verify_consistency(old, new, *roots, proof[:-1])


@given(SIZES, SIZES)
def test_a_range_is_covered_once_and_in_order(one: int, other: int) -> None:
    start, end = sorted((one, other))
    leaves = [n for level, index in tree.cover(start, end) for n in range(index << level, (index + 1) << level)]
    assert leaves == list(range(start, end))


def test_subtrees_are_numbered_as_they_are_completed() -> None:
    growing = tree.Frontier()
    completed = [subtree for number in range(300) for subtree, _ in growing.append(tree.hash_leaf(data(number)))]
    assert [tree.position(subtree) for subtree in completed] == list(range(len(completed)))


@given(SIZES)
def test_a_tree_grows_on_from_its_edge(size: int) -> None:
    edge = [GROWN.nodes[subtree] for subtree in tree.cover(0, size)]
    assert tree.Frontier(size, edge).root() == GROWN.roots[size]


def test_an_edge_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="2 hashes"):
        tree.Frontier(3, [bytes(32)])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_there_cannot_be_proved(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        tree.prove_inclusion(index, size, GROWN.fetch)


def test_a_tree_does_not_begin_with_a_larger_one() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        tree.prove_consistency(4, 3, GROWN.fetch)


def test_a_proof_reads_few_hashes_of_a_large_tree() -> None:
    asked: list[tree.Subtree] = []

    def fetch(subtrees: Sequence[tree.Subtree]) -> Mapping[tree.Subtree, bytes]:
        asked.extend(subtrees)
        return dict.fromkeys(subtrees, bytes(32))

    tree.prove_inclusion(777_777, 1_000_003, fetch)
    tree.prove_consistency(777_777, 1_000_003, fetch)
    assert len(asked) < 100
