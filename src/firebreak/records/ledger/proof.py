"""Proof that an entry is in the ledger: a leaf, a path, a signed checkpoint. Checked without the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from firebreak.records.common.errors import Invalid
from firebreak.records.ledger import tree
from firebreak.records.ledger.checkpoint import CheckpointError, TreeHead, Verifier, verify
from firebreak.records.ledger.leaf import Leaf, hash_actor, hash_payload
from firebreak.records.ledger.lines import MALFORMED, leaf_from

FORM: Final = "firebreak-ledger-proof/1"


class ProofError(Exception):
    """A proof does not prove. The message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows that a leaf's hashes stand for this actor and this payload."""

    actor: str
    actor_salt: bytes
    payload: dict[str, Any]
    salt: bytes

    def told(self) -> dict[str, Any]:
        return {
            "actor": self.actor,
            "actor_salt": self.actor_salt.hex(),
            "payload": self.payload,
            "salt": self.salt.hex(),
        }


def told(leaf: Leaf, path: list[bytes], checkpoint: str, key: Verifier, opening: Opening | None) -> dict[str, Any]:
    """Return a proof as JSON."""
    return {
        "form": FORM,
        "leaf": leaf.told(),
        "path": [hash_.hex() for hash_ in path],
        "checkpoint": checkpoint,
        "key": str(key),
        "opening": opening.told() if opening else None,
    }


def check(proof: Any, *, key: Verifier | None = None) -> tuple[Leaf, TreeHead]:
    """Check a proof, and return the entry's leaf and the tree's head that it is proved to be in.

    Without a `key` the one inside the proof is believed, which proves no more than that the proof is whole.
    Raises ProofError.
    """
    try:
        if proof["form"] != FORM:
            raise ProofError(f"this is no proof of the form {FORM}")
        leaf, path = leaf_from(proof["leaf"]), [bytes.fromhex(hash_) for hash_ in proof["path"]]
        head = verify(proof["checkpoint"], [key or Verifier.parse(proof["key"])])
        _check_opening(proof["opening"], leaf)
    except CheckpointError as problem:
        raise ProofError(str(problem)) from None
    except (*MALFORMED, Invalid) as problem:
        raise ProofError(f"this is no proof: {problem!r}") from None
    if not tree.verify_inclusion(leaf.seq, head.size, tree.hash_leaf(leaf.data()), path, head.root):
        raise ProofError(f"the entry is not at {leaf.seq} of the tree that the checkpoint is about")
    return leaf, head


def _check_opening(opening: Any, leaf: Leaf) -> None:
    if opening is None:
        return
    if hash_actor(bytes.fromhex(opening["actor_salt"]), opening["actor"]) != leaf.actor:
        raise ProofError("the actor shown is not the one in the entry")
    if hash_payload(bytes.fromhex(opening["salt"]), opening["payload"]) != leaf.payload:
        raise ProofError("the payload shown is not the one in the entry")
