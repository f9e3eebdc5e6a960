"""What is known.

A reference says when it last changed hands with the index, by the number of the transaction that changed it
(`changed_xid`): processes follow that, never times, since transactions do not become visible in the order of their
times. Signals never change; they are live when their reference is.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firebreak.records.banks.expressions import CurrentTransaction, RealField
from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id

BANK_NAME = r"[a-z0-9][a-z0-9_-]{0,62}"
CODE_BYTES = 32


def _confidence(label: Any) -> models.FloatField[float | None, float | None]:
    between = [MinValueValidator(0.0), MaxValueValidator(1.0)]
    return models.FloatField(label, null=True, blank=True, validators=between)


class Bank(models.Model):
    """A named collection of references. Never deleted: it is disabled."""

    id = models.BigAutoField(primary_key=True)
    public_id: models.UUIDField[UUID, UUID] = models.UUIDField(default=new_id, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=63, unique=True, validators=[RegexValidator(rf"\A{BANK_NAME}\Z")])
    description = models.TextField(_("description"), blank=True)
    label = models.CharField(_("class of content"), max_length=40, blank=True)
    # The confidence from which on a finding here blocks, holds or is reviewed, where policy's own table shall not hold.
    block_at = _confidence(_("block at"))
    hold_at = _confidence(_("hold at"))
    review_at = _confidence(_("review at"))
    enabled = models.BooleanField(_("in use"), default=True)
    # Kept by operations, so that nobody counts a million rows to show a page.
    references_held = models.BigIntegerField(default=0)
    signals_held = models.BigIntegerField(default=0)
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ReferenceKind(models.TextChoices):
    IMAGE = "image", _("picture")
    VIDEO = "video", _("video")
    AUDIO = "audio", _("sound")
    FILE = "file", _("file known by its hash alone")


class Reference(models.Model):
    """A known item of a bank. `id` is its row in the index, `public_id` what others know it by."""

    id = models.BigAutoField(primary_key=True)
    public_id: models.UUIDField[UUID, UUID] = models.UUIDField(default=new_id, unique=True, editable=False)
    # Without a constraint: banks are never deleted, and checking it a million times would slow an import by a third.
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="references", db_index=False, db_constraint=False)
    name = models.CharField(_("name"), max_length=500, blank=True)  # must fit an index, in any script
    kind = models.CharField(_("kind"), max_length=10, choices=ReferenceKind.choices)
    duration = models.FloatField(_("duration"), null=True, blank=True)  # seconds
    note = models.TextField(_("note"), blank=True)
    source = models.TextField(_("source"), blank=True)
    sha256 = models.BinaryField(max_length=32, null=True, blank=True)
    md5 = models.BinaryField(max_length=16, null=True, blank=True)
    # What it is known by, as one number: the same content twice in a bank is one reference.
    identity: models.UUIDField[UUID, UUID] = models.UUIDField(editable=False)
    signals_held = models.IntegerField(default=0)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField(default=now, editable=False)
    removed_by = models.CharField(max_length=100, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.TextField(blank=True)
    changed_xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "name"],
                condition=Q(removed_at=None) & ~Q(name=""),
                name="banks_reference_name",
            ),
            models.UniqueConstraint(
                fields=["bank", "identity"], condition=Q(removed_at=None), name="banks_reference_identity"
            ),
        ]
        indexes = [
            models.Index(fields=["changed_xid"], name="banks_reference_changed"),
            models.Index(fields=["bank", "-id"], name="banks_reference_newest"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.public_id)


class SignalKind(models.IntegerChoices):
    """As the engine's library numbers them."""

    PDQ = 0, "pdq"
    SHA256 = 1, "sha256"
    MD5 = 2, "md5"


class Signal(models.Model):
    """One code of a reference: of one picture, or of the whole file. There are millions of them."""

    id = models.BigAutoField(primary_key=True)
    # Without a constraint, whose check would be half the cost of an import: all writers go through `signals.write`.
    reference = models.ForeignKey(Reference, models.PROTECT, related_name="signals", db_constraint=False)
    time = RealField()  # of the picture in the reference (s)
    kind = models.SmallIntegerField(choices=SignalKind.choices)
    quality = models.SmallIntegerField()  # 0..100, as PDQ has it
    code = models.BinaryField(max_length=CODE_BYTES)  # the bytes that the digits name, then zeros

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.lookups.Exact(models.Func("code", function="octet_length"), CODE_BYTES),
                name="banks_signal_code",
            )
        ]


class ImportStatus(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Import(models.Model):
    """A file of signals on its way into a bank. Counts change with the rows they count, in one transaction."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="imports")
    filename = models.CharField(max_length=300)
    form = models.CharField(max_length=10)
    source = models.TextField(blank=True)
    size = models.BigIntegerField()  # bytes, all and read so far
    done = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.WAITING)
    problem = models.TextField(blank=True)  # why it ended early
    rows = models.BigIntegerField(default=0)  # of the file, that are dealt with; a retry goes on behind them
    references_added = models.BigIntegerField(default=0)
    signals_added = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    report = models.JSONField(default=list)  # of the first rows that could not be taken: row, field, problem, hint
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["bank", "-created_at"], name="banks_import_newest")]

    def __str__(self) -> str:
        return f"{self.filename} into {self.bank_id}"
