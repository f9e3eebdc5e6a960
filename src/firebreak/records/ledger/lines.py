"""The ledger as lines of JSON: keys, entries in the tree's order, and checkpoints where they were made.

What `firebreak ledger export` writes and what a check reads, with or without the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TextIO
from uuid import UUID

from firebreak.records.ledger.checkpoint import CheckpointError, Verifier
from firebreak.records.ledger.leaf import Leaf, stamp

# What reading JSON of another shape than expected raises.
MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class LineError(Exception):
    """A line is not what it should be. The message names it."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key that has signed checkpoints."""

    verifier: Verifier

    def told(self) -> dict[str, Any]:
        return {"kind": "key", "key": str(self.verifier)}


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A signed checkpoint."""

    text: str

    def told(self) -> dict[str, Any]:
        return {"kind": "checkpoint", "text": self.text}


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry: its leaf, the hash that the tree was given, and what of actor and payload was not erased.

    One that waits for the sequencer has no `leaf_hash`, and a `seq` of -1 in its leaf.
    """

    leaf: Leaf
    leaf_hash: bytes | None
    actor: str
    actor_salt: bytes | None
    payload: dict[str, Any] | None
    salt: bytes | None

    def told(self) -> dict[str, Any]:
        return {
            "kind": "entry",
            "leaf": self.leaf.told(),
            "leaf_hash": _hex(self.leaf_hash),
            "actor": self.actor,
            "actor_salt": _hex(self.actor_salt),
            "payload": self.payload,
            "salt": _hex(self.salt),
        }


Line = KeyLine | EntryLine | CheckpointLine


def write(lines: Iterable[Line], file: TextIO) -> None:
    """Write one JSON object a line."""
    file.writelines(json.dumps(line.told(), ensure_ascii=False) + "\n" for line in lines)


def read(file: TextIO) -> Iterator[Line]:
    """Read what `write` wrote. Raises LineError."""
    for number, text in enumerate(file, 1):
        try:
            yield _line(json.loads(text))
        except (*MALFORMED, CheckpointError) as problem:
            raise LineError(f"line {number} is no line of a ledger: {problem}") from None


def leaf_from(told: dict[str, Any]) -> Leaf:
    """Read a leaf as `Leaf.told` writes it. Raises ValueError, KeyError or TypeError for anything else."""
    leaf = Leaf(
        seq=int(told["seq"]),
        id=UUID(told["id"]),
        time=datetime.fromisoformat(told["time"]),
        actor=bytes.fromhex(told["actor"]),
        action=str(told["action"]),
        subject=str(told["subject"]),
        payload=bytes.fromhex(told["payload"]),
    )
    (leaf.action + leaf.subject).encode()  # half a character would be refused only when it is hashed
    if leaf.told() != told or not -1 <= leaf.seq < 2**53:
        raise ValueError(f"the leaf of {told['seq']} is not in its one form; times are such as {stamp(leaf.time)}")
    return leaf


def _line(told: dict[str, Any]) -> Line:
    match told["kind"]:
        case "key":
            return KeyLine(Verifier.parse(told["key"]))
        case "checkpoint":
            return CheckpointLine(str(told["text"]))
        case "entry":
            return _entry(told)
        case other:
            raise ValueError(f"{other!r} is no kind of line")


def _entry(told: dict[str, Any]) -> EntryLine:
    payload = told["payload"]
    if not isinstance(payload, dict | None) or not isinstance(told["actor"], str):
        raise TypeError("a payload is an object, an actor is text")
    told["actor"].encode()
    return EntryLine(
        leaf=leaf_from(told["leaf"]),
        leaf_hash=_bytes(told["leaf_hash"]),
        actor=told["actor"],
        actor_salt=_bytes(told["actor_salt"]),
        payload=payload,
        salt=_bytes(told["salt"]),
    )


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
