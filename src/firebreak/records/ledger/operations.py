"""The verbs of the ledger: record, and erase what no longer may be kept. The tree is the sequencer's."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.errors import Conflict, Invalid
from firebreak.records.ledger import key, queries, tree
from firebreak.records.ledger.leaf import SALT_BYTES, hash_actor, hash_payload
from firebreak.records.ledger.models import Entry, LogKey

_LONGEST_SUBJECT: Final = 200


class NotAtomicError(Exception):
    """An entry was to be written outside the transaction of the change that it records."""


def record(action: str, *, actor: Actor, subject: str, payload: Mapping[str, Any]) -> Entry:
    """Write the entry of a change, in the transaction of the change. No entry, no change.

    `action` is `thing.verb`, `subject` is `thing:id` and is never erased, so it holds ids and no names. `payload` is
    JSON: what the change was. Raises NotAtomicError outside `transaction.atomic()`, Invalid for what is no plain JSON.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotAtomicError(f"{action}: write the entry inside transaction.atomic(), with the change")
    if len(subject) > _LONGEST_SUBJECT or "\0" in subject:
        raise Invalid(f"a ledger subject is at most {_LONGEST_SUBJECT} characters, without NUL")
    salt, actor_salt = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(SALT_BYTES)
    return Entry.objects.create(
        actor=str(actor),
        actor_salt=actor_salt,
        actor_hash=hash_actor(actor_salt, str(actor)),
        action=action,
        subject=subject,
        payload=dict(payload),
        salt=salt,
        payload_hash=hash_payload(salt, payload),
    )


def tally(
    action: str, *, actor: Actor, subject: str, batch: Iterable[bytes], payload: Mapping[str, Any] | None = None
) -> Entry:
    """Record many small things as one entry: `count` of them and the Merkle `root` (hex) over their bytes, in order."""
    growing = tree.Frontier()
    for data in batch:
        growing.append(tree.hash_leaf(data))
    counted = {"count": growing.size, "root": growing.root().hex()}
    return record(action, actor=actor, subject=subject, payload={**(payload or {}), **counted})


def erase_payload(entry: Entry, *, actor: Actor, reason: str) -> Entry:
    """Erase what an entry held, for good; its hash and its place in the tree stay. Returns the entry that says so."""
    if not reason:
        raise Invalid("say why the payload is erased", field="reason")
    with transaction.atomic():
        gone = Entry.objects.filter(pk=entry.pk, payload__isnull=False).update(payload=None, salt=None)
        if not gone:
            raise Conflict("this entry's payload was erased before")
        entry.payload = entry.salt = None
        return record("ledger.erase", actor=actor, subject=f"entry:{entry.uuid}", payload={"reason": reason})


def erase_actor(erased: Actor, *, actor: Actor, reason: str) -> Entry:
    """Erase who did something, from every entry of `erased`, for good. Returns the entry that says so."""
    if not reason:
        raise Invalid("say why the actor is erased", field="reason")
    with transaction.atomic():
        count = Entry.objects.filter(actor=str(erased)).update(actor="", actor_salt=None)
        return record("ledger.erase-actor", actor=actor, subject="ledger", payload={"reason": reason, "entries": count})


def adopt_key(*, actor: Actor) -> LogKey:
    """Sign with this installation's key from now on, after its old one was lost or is no longer trusted.

    Raises Conflict when there is nothing to change.
    """
    with transaction.atomic():
        old = LogKey.objects.select_for_update().filter(retired_at__isnull=True).first()
        if old is None:
            raise Conflict("the ledger has no key yet", "its first entry makes one")
        verifier = key.signer(old.origin).verifier
        if LogKey.objects.filter(public=verifier.public).exists():
            raise Conflict("the ledger knows this installation's key already", "remove the key to have a new one made")
        old.retired_at = now()
        old.save(update_fields=["retired_at"])
        adopted = LogKey.objects.create(origin=old.origin, public=verifier.public)
        told = {"from": str(queries.verifier(old)), "to": str(verifier)}
        record("ledger.key", actor=actor, subject="ledger", payload=told)
    return adopted
