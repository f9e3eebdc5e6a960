"""Take committed entries into the tree and sign what it became: one batch, one transaction.

Entries get their place here and not when they are written, so writers wait for nothing and an entry that commits late
simply gets a later place. The sequencer looks for new ones itself instead of being notified: PostgreSQL makes
transactions that notify commit one after the other, and the ledger may not slow down what it records.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

import structlog
from django.db import OperationalError, connection, transaction
from django.db.utils import InterfaceError

from firebreak.records.common.errors import Problem
from firebreak.records.common.settings import settings
from firebreak.records.ledger import key, queries, tree
from firebreak.records.ledger.checkpoint import Signer, TreeHead
from firebreak.records.ledger.models import Checkpoint, Entry, LogKey

BATCH: Final = 5_000
PACE: Final = 0.25  # s between looks; as much as an entry waits
TAKE_OVER: Final = 0.5  # s between tries to become the one that sequences
_LEADER: Final = (0x6C6564, 1)
_WRITER: Final = (0x6C6564, 2)

_log = structlog.get_logger(__name__)


class LedgerBrokenError(Problem):
    """The tree is not what its last checkpoint says, so nothing is added to it."""

    status = 500
    slug = "ledger-broken"
    title = "The ledger is broken"


def sequence_once(batch: int = BATCH) -> int:
    """Take up to `batch` waiting entries into the tree, sign its new head, and return how many they were.

    All of it or nothing is kept. Returns 0 while another does it. Raises LedgerKeyError, LedgerBrokenError.
    """
    with transaction.atomic():
        if not _locked("pg_try_advisory_xact_lock", _WRITER):
            return 0
        # What an erasure holds just now is taken in later, so that nothing waits.
        waiting = Entry.objects.pending().select_for_update(skip_locked=True)
        entries = list(waiting.defer("payload", "salt", "actor_salt")[:batch])
        if entries:
            log_key, signer = _signer()
            _extend(entries, log_key, signer)
        return len(entries)


def run(stop: threading.Event) -> None:
    """Sequence until told to stop, unless another process does; then stand by for its end."""
    while not stop.is_set():
        try:
            _lead(stop)
        except (OperationalError, InterfaceError) as problem:  # the database went away; it may come back
            _log.warning("sequencer lost the database", problem=str(problem))
            connection.close()
        stop.wait(TAKE_OVER)


def _lead(stop: threading.Event) -> None:
    if not _locked("pg_try_advisory_lock", _LEADER):
        return
    try:
        while not stop.is_set():
            if sequence_once() < BATCH:
                stop.wait(PACE)
    finally:
        connection.close()  # gives the lock back, whatever state the connection is in


def _locked(function: str, lock: tuple[int, int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", lock)
        (held,) = cursor.fetchone()
    return bool(held)


def _signer() -> tuple[LogKey, Signer]:
    """Return the key in use; at the very first batch, that is this installation's."""
    log_key = queries.key_in_use()
    signer = key.signer(log_key.origin if log_key else key.origin(settings()))
    if log_key is None:
        log_key = LogKey.objects.create(origin=signer.verifier.name, public=signer.verifier.public)
    if bytes(log_key.public) != signer.verifier.public:
        raise key.LedgerKeyError(
            "this installation's ledger key is not the one that signed the ledger so far",
            "give every machine the same FIREBREAK_LEDGER_KEY, or run `firebreak ledger adopt-key`",
        )
    return log_key, signer


def _extend(entries: Sequence[Entry], log_key: LogKey, signer: Signer) -> None:
    edge = _edge()
    leaves: list[bytes] = []
    nodes: dict[int, bytes] = {}
    first = edge.size
    for seq, entry in enumerate(entries, first):
        leaves.append(tree.hash_leaf(entry.leaf(seq).data()))
        nodes |= {tree.position(subtree): hash_ for subtree, hash_ in edge.append(leaves[-1])}
    _write([entry.pk for entry in entries], first, leaves, nodes)
    head = TreeHead(log_key.origin, edge.size, edge.root())
    Checkpoint.objects.create(size=head.size, root=head.root, text=signer.sign(head), key=log_key)


def _edge() -> tree.Frontier:
    """Return the right edge of the tree, held against the last checkpoint: what is broken is never signed again."""
    last = queries.head()
    size, root = (last.size, bytes(last.root)) if last else (0, tree.EMPTY)
    subtrees = tree.cover(0, size)
    found = queries.hashes(subtrees)
    if len(found) == len(subtrees) and not Entry.objects.filter(seq__gte=size).exists():
        edge = tree.Frontier(size, [found[subtree] for subtree in subtrees])
        if edge.root() == root:
            return edge
    raise LedgerBrokenError(
        f"the ledger's tree is not what its last checkpoint, of {size} entries, says",
        "run `firebreak ledger verify`; nothing is added until it is mended",
    )


def _write(ids: list[int], first: int, leaves: list[bytes], nodes: dict[int, bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_entry SET seq = taken.seq, leaf_hash = taken.hash"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) AS taken(id, seq, hash)"
            " WHERE ledger_entry.id = taken.id",
            [ids, list(range(first, first + len(ids))), leaves],
        )
        cursor.execute(
            "INSERT INTO ledger_node (id, hash) SELECT * FROM unnest(%s::bigint[], %s::bytea[])",
            [list(nodes), list(nodes.values())],
        )
