"""Entries, the tree over them, and the signed checkpoints. a trigger makes the database refuse to rewrite them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q

from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id
from firebreak.records.ledger.leaf import Leaf


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries as a reader wants them."""

    def pending(self) -> EntryQuerySet:
        """Those that the sequencer has not taken into the tree yet, in the order it takes them."""
        return self.filter(seq__isnull=True).order_by("id")

    def sequenced(self) -> EntryQuerySet:
        """Those in the tree, in its order."""
        return self.filter(seq__isnull=False).order_by("seq")


class Entry(models.Model):
    """One change: who did what to what, when. The tree keeps hashes alone, so payload and actor can be erased.

    `seq` is the place in the tree, counted from 0; it is given within a second of the commit.
    """

    id = models.BigAutoField(primary_key=True)
    uuid: models.UUIDField[UUID, UUID] = models.UUIDField(unique=True, default=new_id, editable=False)
    time = models.DateTimeField(default=now, editable=False)
    actor = models.CharField(max_length=100, blank=True)  # `kind:id`; empty when erased
    actor_salt = models.BinaryField(null=True)
    actor_hash = models.BinaryField()
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    payload: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    salt = models.BinaryField(null=True)
    payload_hash = models.BinaryField()
    seq = models.BigIntegerField(null=True, unique=True)
    leaf_hash = models.BinaryField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=["id"], condition=Q(seq__isnull=True), name="ledger_pending"),
            models.Index(fields=["subject", "id"], name="ledger_by_subject"),
            models.Index(fields=["actor", "id"], name="ledger_by_actor"),
            models.Index(fields=["action", "id"], name="ledger_by_action"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(seq__isnull=True, leaf_hash__isnull=True) | Q(seq__isnull=False, leaf_hash__isnull=False),
                name="ledger_leaf_with_seq",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def leaf(self, seq: int) -> Leaf:
        """Return what the tree takes in for this entry at `seq`."""
        return Leaf(
            seq=seq,
            id=self.uuid,
            time=self.time,
            actor=bytes(self.actor_hash),
            action=self.action,
            subject=self.subject,
            payload=bytes(self.payload_hash),
        )


class Node(models.Model):
    """The hash over a complete subtree of two or more leaves; `id` is `tree.position` of it."""

    id = models.BigIntegerField(primary_key=True)
    hash = models.BinaryField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"node {self.id}"


class LogKey(models.Model):
    """A key that checkpoints are signed with. At most one is in use; it is pinned by its first checkpoint."""

    origin = models.CharField(max_length=200)
    public = models.BinaryField(unique=True)
    since = models.DateTimeField(default=now, editable=False)
    retired_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    class Meta:
        ordering = ("since",)
        constraints = [
            models.UniqueConstraint(fields=["retired_at"], nulls_distinct=False, name="ledger_one_key_in_use"),
        ]

    def __str__(self) -> str:
        return self.origin


class Checkpoint(models.Model):
    """A signed statement: after `size` entries the tree's root was `root`. `text` is the C2SP signed note."""

    size = models.BigIntegerField(unique=True)
    root = models.BinaryField()
    text = models.TextField()
    key = models.ForeignKey(LogKey, on_delete=models.PROTECT, related_name="checkpoints")
    time = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ("size",)

    def __str__(self) -> str:
        return f"checkpoint {self.size}"
