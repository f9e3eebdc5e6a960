"""Recompute everything and say what broke first. Pure: it reads lines, from the database or from an export."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from firebreak.records.common.errors import Invalid
from firebreak.records.ledger import tree
from firebreak.records.ledger.checkpoint import CheckpointError, TreeHead, Verifier, verify
from firebreak.records.ledger.leaf import hash_actor, hash_payload
from firebreak.records.ledger.lines import CheckpointLine, EntryLine, KeyLine, Line

TOLD: Final = 20  # faults that are told of one by one; the first is what matters
ERASURE: Final = "ledger.erase"
ACTOR_ERASURE: Final = "ledger.erase-actor"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was recorded. `seq` is the first entry it touches, `kind` a word for programs."""

    seq: int
    kind: str
    detail: str


@dataclass(slots=True)
class Report:
    """What a check found."""

    size: int = 0
    root: bytes = tree.EMPTY
    pending: int = 0
    checkpoints: int = 0
    payloads_erased: int = 0
    actors_erased: int = 0
    keys: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    faults_in_all: int = 0

    @property
    def ok(self) -> bool:
        return not self.faults_in_all

    def told(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "ok": self.ok,
            "entries": self.size,
            "root": self.root.hex(),
            "pending": self.pending,
            "checkpoints": self.checkpoints,
            "payloads_erased": self.payloads_erased,
            "actors_erased": self.actors_erased,
            "keys": self.keys,
            "faults": [{"seq": f.seq, "kind": f.kind, "detail": f.detail} for f in self.faults],
            "faults_in_all": self.faults_in_all,
        }


class Verification:
    """One check, fed line by line.

    `keys`, when given, are the only ones trusted: those that the lines name are then passed over. `kept` are
    checkpoints from elsewhere that the ledger must still agree with. `nodes` are the tree's stored hashes in their
    order: they tell which entry was changed where it was changed together with its own hash.
    """

    def __init__(
        self,
        *,
        keys: Iterable[Verifier] = (),
        kept: Iterable[TreeHead] = (),
        nodes: Iterator[bytes] | None = None,
    ) -> None:
        self.report = Report()
        self._trusted = list(keys)
        self._only_trusted = bool(self._trusted)
        self._kept = sorted((head for head in kept if head.size), key=lambda head: head.size)
        self._nodes = nodes
        self._tree = tree.Frontier()
        self._intact = True  # as long as the tree can still be recomputed
        self._sealed = 0  # entries that a checkpoint speaks for
        self._erased: dict[UUID, int] = {}
        self._erasures: set[str] = set()
        self._first_actorless: int | None = None
        self._actors_accounted: float = 0

    def feed(self, line: Line) -> None:
        """Take the next line."""
        match line:
            case KeyLine():
                if not self._only_trusted:
                    self._trusted.append(line.verifier)
            case EntryLine():
                self._entry(line)
            case CheckpointLine():
                self._checkpoint(line.text)

    def finish(self) -> Report:
        """Say what was found, when all lines are fed."""
        if self._intact:
            self._compare_kept(final=True)
        if self._sealed < self._tree.size and self._intact:
            self._fault(self._sealed, "no-checkpoint", "no checkpoint speaks for the entries from here on")
        for id_, seq in self._erased.items():
            if f"entry:{id_}" not in self._erasures:
                self._fault(seq, "payload-missing", f"the payload of entry {seq} is gone and no erasure was recorded")
        if self._first_actorless is not None and self.report.actors_erased > self._actors_accounted:
            seq = self._first_actorless
            self._fault(
                seq, "actor-missing", f"actors are gone, first that of entry {seq}, and no erasure was recorded"
            )
        if self._intact and self._nodes is not None and next(self._nodes, None) is not None:
            self._fault(self._tree.size, "tree-too-large", "the stored tree has nodes beyond the last entry")
        self.report.size, self.report.root = self._tree.size, self._tree.root()
        self.report.keys = [str(verifier) for verifier in self._trusted]
        self.report.faults.sort(key=lambda fault: fault.seq)
        return self.report

    def _entry(self, line: EntryLine) -> None:
        leaf = line.leaf
        if leaf.action == ERASURE:
            self._erasures.add(leaf.subject)
        if leaf.action == ACTOR_ERASURE:  # one whose own payload was erased may account for any number
            self._actors_accounted += _count(line.payload)
        self._contents(line)
        if line.leaf_hash is None:
            self.report.pending += 1
            return
        if not self._intact:
            return
        if leaf.seq != self._tree.size:
            self._break(self._tree.size, "entry-missing", f"entry {self._tree.size} is missing: {leaf.seq} follows")
            return
        if tree.hash_leaf(leaf.data()) != line.leaf_hash:
            self._fault(leaf.seq, "entry-changed", f"entry {leaf.seq} was changed: its hash is another than recorded")
        self._grow(line.leaf_hash)
        self._compare_kept()

    def _contents(self, line: EntryLine) -> None:
        seq = line.leaf.seq if line.leaf_hash is not None else self._tree.size
        if line.payload is None and line.salt is None:
            self.report.payloads_erased += 1
            self._erased[line.leaf.id] = seq
        elif not _is_payload(line):
            self._fault(seq, "payload-changed", f"the payload of entry {seq} is not what was recorded")
        if not line.actor and line.actor_salt is None:
            self.report.actors_erased += 1
            if self._first_actorless is None:
                self._first_actorless = seq
        elif line.actor_salt is None or hash_actor(line.actor_salt, line.actor) != line.leaf.actor:
            self._fault(seq, "actor-changed", f"the actor of entry {seq} is not who was recorded")

    def _grow(self, leaf: bytes) -> None:
        for (level, index), hash_ in self._tree.append(leaf):
            if self._nodes is not None and next(self._nodes, None) != hash_:
                first, last = index << level, ((index + 1) << level) - 1
                self._fault(first, "tree-changed", f"the tree was built from other entries {first} to {last}")
                self._nodes = None  # what is above and after can only differ too

    def _checkpoint(self, text: str) -> None:
        self.report.checkpoints += 1
        if not self._intact:
            return
        try:
            head = verify(text, self._trusted)
        except CheckpointError as problem:
            self._fault(
                self._sealed, "checkpoint-unsigned", f"a checkpoint after entry {self._tree.size - 1}: {problem}"
            )
            return
        if head.size != self._tree.size:
            detail = f"there is a checkpoint of {head.size} entries where there are {self._tree.size}"
            self._break(min(head.size, self._tree.size), "entry-missing", detail)
        elif head.root != self._tree.root():
            detail = f"entries {self._sealed} to {head.size - 1} are not those that were signed"
            self._break(self._sealed, "root-changed", detail)
        self._sealed = head.size

    def _compare_kept(self, *, final: bool = False) -> None:
        while self._kept and (final or self._kept[0].size <= self._tree.size):
            head = self._kept.pop(0)
            if head.size > self._tree.size:
                detail = f"the kept checkpoint speaks of {head.size} entries, here are {self._tree.size}"
                self._fault(self._tree.size, "cut-short", detail)
            elif head.root != self._tree.root():
                detail = f"the first {head.size} entries are not those of the kept checkpoint"
                self._fault(0, "rewritten", detail)

    def _break(self, seq: int, kind: str, detail: str) -> None:
        """Note a fault after which the tree cannot be recomputed."""
        self._fault(seq, kind, detail)
        self._intact = False

    def _fault(self, seq: int, kind: str, detail: str) -> None:
        self.report.faults_in_all += 1
        if len(self.report.faults) < TOLD:
            self.report.faults.append(Fault(seq, kind, detail))


def check(lines: Iterable[Line], verification: Verification, *, each: Callable[[], None] = lambda: None) -> Report:
    """Feed all lines to a verification; `each` is called after each line, for whoever shows progress."""
    for line in lines:
        verification.feed(line)
        each()
    return verification.finish()


def _is_payload(line: EntryLine) -> bool:
    if line.payload is None or line.salt is None:
        return False
    try:
        return hash_payload(line.salt, line.payload) == line.leaf.payload
    except (Invalid, RecursionError):
        return False


def _count(payload: dict[str, Any] | None) -> float:
    count = payload.get("entries") if payload else math.inf
    return count if isinstance(count, int | float) else 0
