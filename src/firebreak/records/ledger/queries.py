"""Reads of the ledger: its head, the hashes of its tree, and everything in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, NotFound
from firebreak.records.ledger import proof, tree
from firebreak.records.ledger.checkpoint import Verifier
from firebreak.records.ledger.leaf import Leaf
from firebreak.records.ledger.lines import CheckpointLine, EntryLine, KeyLine, Line
from firebreak.records.ledger.models import Checkpoint, Entry, LogKey, Node

_CHUNK: Final = 2_000


def head() -> Checkpoint | None:
    """Return the newest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def key_in_use() -> LogKey | None:
    """Return the key that checkpoints are signed with now."""
    return LogKey.objects.filter(retired_at__isnull=True).first()


def pending() -> int:
    """Return how many entries wait for the sequencer."""
    return Entry.objects.pending().count()


def behind() -> timedelta:
    """Return how long the entry has waited that has waited longest for the sequencer; a second is usual, much more is a
    sequencer that does not run.
    """
    oldest = Entry.objects.pending().values_list("time", flat=True).first()
    return max(now() - oldest, timedelta()) if oldest else timedelta()


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


def verifier(key: LogKey) -> Verifier:
    """Return what checks a key's signatures."""
    return Verifier(key.origin, bytes(key.public))


def lines() -> Iterator[Line]:
    """Yield the whole ledger: keys, entries in the tree's order with checkpoints where they were made, then those that
    wait for the sequencer. Read it inside `snapshot()`.
    """
    yield from (KeyLine(verifier(key)) for key in LogKey.objects.all())
    checkpoints = Checkpoint.objects.order_by("size").values_list("size", "text").iterator(_CHUNK)
    due = next(checkpoints, None)
    for number, entry in enumerate(Entry.objects.sequenced().iterator(_CHUNK), 1):
        yield _line(entry)
        while due and due[0] <= number:
            yield CheckpointLine(due[1])
            due = next(checkpoints, None)
    while due:
        yield CheckpointLine(due[1])
        due = next(checkpoints, None)
    yield from (_line(entry) for entry in Entry.objects.pending().iterator(_CHUNK))


def nodes() -> Iterator[bytes]:
    """Yield the stored hashes of the tree in the order in which it grew; read it inside `snapshot()`."""
    for number, (id_, hash_) in enumerate(Node.objects.order_by("id").values_list("id", "hash").iterator(_CHUNK)):
        yield bytes(hash_) if id_ == number else b""


def find(name: str) -> Entry:
    """Return an entry by its id, or its place in the tree. Raises NotFound."""
    try:
        by = {"seq": int(name)} if name.isascii() and name.isdecimal() and len(name) < 19 else {"uuid": UUID(name)}
        return Entry.objects.get(**by)
    except (ValueError, Entry.DoesNotExist):
        raise NotFound(f"the ledger has no entry {name}", "name an entry by its id or its number") from None


def prove(entry: Entry, *, opened: bool = False) -> dict[str, Any]:
    """Return proof, as JSON, that an entry is in the tree of the newest checkpoint.

    `opened` adds actor and payload with their salts, for a holder who may see them. Raises Conflict when the sequencer
    has not taken the entry in yet, or when what is to be shown was erased.
    """
    last = head()
    if entry.seq is None or last is None or last.size <= entry.seq:
        raise Conflict("the entry is not in the tree yet", "try again in a second")
    path = tree.prove_inclusion(entry.seq, last.size, hashes)
    opening = _opening(entry) if opened else None
    return proof.told(entry.leaf(entry.seq), path, last.text, verifier(last.key), opening)


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is at one moment, however long the reading takes."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _opening(entry: Entry) -> proof.Opening:
    if entry.payload is None or entry.salt is None or entry.actor_salt is None:
        raise Conflict("what is to be shown of this entry was erased", "prove it without showing its contents")
    return proof.Opening(entry.actor, bytes(entry.actor_salt), entry.payload, bytes(entry.salt))


def _line(entry: Entry) -> EntryLine:
    leaf: Leaf = entry.leaf(-1 if entry.seq is None else entry.seq)
    return EntryLine(
        leaf=leaf,
        leaf_hash=_bytes(entry.leaf_hash),
        actor=entry.actor,
        actor_salt=_bytes(entry.actor_salt),
        payload=entry.payload,
        salt=_bytes(entry.salt),
    )


def _bytes(data: bytes | memoryview[int] | None) -> bytes | None:
    return None if data is None else bytes(data)
