"""What was seen. Scans come by the hundred a second, so rows are lean and every index has to earn its keep."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id


class Verdict(models.TextChoices):
    BLOCK = "block", _("block")
    HOLD = "hold", _("hold")
    REVIEW = "review", _("review")
    ALLOW = "allow", _("allow")


class State(models.TextChoices):
    PENDING = "pending", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Item(models.Model):
    """A piece of content of the platform. The same `content_id` is the same item, however often it is scanned."""

    id = models.BigAutoField(primary_key=True)
    content_id = models.CharField(_("content id"), max_length=200, null=True)
    account_id = models.CharField(_("account"), max_length=200, blank=True)
    surface = models.CharField(_("surface"), max_length=60, blank=True)
    first_seen = models.DateTimeField(_("first seen"), default=now, editable=False)

    class Meta:
        # As a constraint, since a unique field would get a second index for LIKE.
        constraints = [models.UniqueConstraint(fields=["content_id"], name="content_item_content_id")]
        indexes = [models.Index(fields=["account_id", "id"], condition=~Q(account_id=""), name="content_item_account")]

    def __str__(self) -> str:
        return self.content_id or f"item {self.pk}"


class Scan(models.Model):
    """One look at an item. Its id sorts by the time of its making."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, models.PROTECT, related_name="scans")
    asked_by = models.CharField(_("asked by"), max_length=60)  # `kind:id` of an actor
    surface = models.CharField(_("surface"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices)
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict.choices, blank=True)
    confidence = models.FloatField(_("confidence"), default=0.0)
    # Why the verdict is not what was found but what a setting says, because nothing could be found out; empty if it is.
    degraded = models.TextField(_("answered by setting, since"), blank=True)
    error = models.TextField(_("error"), blank=True)
    # Which rule led to the verdict: see `policies.decisions.Decision.told`.
    decision: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # What was looked at: source, kind, bytes, duration, width, height, warnings.
    media: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    ms = models.FloatField(_("took (ms)"), null=True)
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField(_("asked"), default=now, editable=False)
    finished_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        indexes = [
            # What people look for is rare; the many scans that end in `allow` cost these no entry.
            models.Index(
                fields=["verdict", "id"], condition=~Q(verdict__in=["", "allow"]), name="content_scan_stopped"
            ),
            models.Index(fields=["id"], condition=Q(state="pending"), name="content_scan_pending"),
            models.Index(fields=["id"], condition=~Q(degraded=""), name="content_scan_degraded"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Finding(models.Model):
    """An item shows a reference. The reference's names are copied: they hold whatever becomes of it."""

    scan = models.ForeignKey(Scan, models.CASCADE, related_name="findings")
    reference = models.BigIntegerField()  # its row in banks; no foreign key, so that an import never waits for a scan
    reference_id: models.UUIDField[UUID | None, UUID | None] = models.UUIDField(null=True)
    reference_name = models.CharField(max_length=500, blank=True)
    bank = models.CharField(max_length=63)
    label = models.CharField(max_length=40, blank=True)
    confidence = models.FloatField()
    kinds: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    segments: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    distance = models.SmallIntegerField()  # bits between the pictures most alike
    radius = models.SmallIntegerField()  # bits up to which pictures match

    class Meta:
        ordering = ("-confidence", "id")
        indexes = [
            models.Index(fields=["reference_id", "-id"], name="content_finding_reference"),
            models.Index(fields=["bank", "-id"], name="content_finding_bank"),
        ]

    def __str__(self) -> str:
        return f"{self.reference_name} in {self.bank}"


class Fingerprint(models.Model):
    """What a scan came to know its item by: exact hash and timed PDQ codes, packed; kept for some days."""

    scan = models.OneToOneField(Scan, models.CASCADE, primary_key=True, db_constraint=False, related_name="fingerprint")
    sha256 = models.BinaryField(max_length=32, null=True)
    codes = models.BinaryField()  # 32 bytes a picture: the bytes that the digits name
    times = models.BinaryField()  # little-endian float32, seconds
    quality = models.BinaryField()  # a byte a picture, 0..100

    def __str__(self) -> str:
        return f"fingerprint of {self.scan_id}"


class Untallied(models.Model):
    """A scan that ended in `allow` and stands in no tally yet. The row goes when the tally is written."""

    scan = models.OneToOneField(Scan, models.CASCADE, primary_key=True, db_constraint=False, related_name="+")

    def __str__(self) -> str:
        return str(self.scan_id)


class Idempotency(models.Model):
    """A key that a caller gave to a request, and the scan it led to, so that sending it again changes nothing."""

    asked_by = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    request = models.BinaryField(max_length=32)  # SHA-256 of what was asked
    scan = models.ForeignKey(Scan, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asked_by", "key"], name="content_idempotency_key")]
        indexes = [models.Index(fields=["created_at"], name="content_idempotency_age")]

    def __str__(self) -> str:
        return self.key


class Tally(models.Model):
    """Which scans an entry of the ledger counted, so that its root can be reckoned again."""

    entry: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True)  # of the ledger
    scans = models.BinaryField()  # 16 bytes each, in order
    count = models.IntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="content_tally_age")]

    def __str__(self) -> str:
        return str(self.entry)
