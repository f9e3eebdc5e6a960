"""Reads of the ledger: its head, the hashes of its tree, and everything in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from firebreak.records.ledger import tree
from firebreak.records.ledger.models import Checkpoint, Entry, LogKey, Node


def head() -> Checkpoint | None:
    """Return the newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def key_in_use() -> LogKey | None:
    """Return the key that checkpoints are signed with now."""
    return LogKey.objects.filter(retired_at__isnull=True).first()


def pending() -> int:
    """Return how many entries wait for the sequencer."""
    return Entry.objects.pending().count()


def hashes(subtrees: Sequence[tree.Subtree]) -> Mapping[tree.Subtree, bytes]:
    """Return the hashes of complete subtrees: a `tree.Fetch` from the database, in two queries at most."""
    found: dict[tree.Subtree, bytes] = {}
    leaves = [index for level, index in subtrees if level == 0]
    if leaves:
        rows = Entry.objects.filter(seq__in=leaves).values_list("seq", "leaf_hash")
        found |= {(0, seq): bytes(hash_) for seq, hash_ in rows if seq is not None and hash_ is not None}
    inner = {tree.position(subtree): subtree for subtree in subtrees if subtree[0]}
    if inner:
        found |= {
            inner[id_]: bytes(hash_) for id_, hash_ in Node.objects.filter(pk__in=inner).values_list("id", "hash")
        }
    return found


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is at one moment, however long the reading takes."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
