"""Events are the outbox: written in the transaction of what they tell about, delivered afterwards."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def existing(self) -> EndpointQuerySet:
        return self.filter(deleted_at=None)

    def enabled(self) -> EndpointQuerySet:
        return self.existing().filter(disabled_at=None)

    def subscribed(self, event: str) -> EndpointQuerySet:
        """Return those that want events of a type."""
        return self.enabled().filter(Q(events=[]) | Q(events__contains=[event]))


class Endpoint(models.Model):
    """An address that a platform wants events at. A deleted one stays for the deliveries that were made to it."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.URLField(_("address"), max_length=2000)
    description = models.CharField(_("description"), max_length=500, blank=True)
    events: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=40), verbose_name=_("events"), default=list, blank=True
    )
    created_at = models.DateTimeField(default=now, editable=False)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=500, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("created_at",)

    def __str__(self) -> str:
        return self.description or self.url


class KeyKind(models.TextChoices):
    """How a key signs, as Standard Webhooks numbers it."""

    HMAC = "v1", _("shared secret (HMAC-SHA256)")
    ED25519 = "v1a", _("key pair (Ed25519)")


class EndpointKey(models.Model):
    """A key that deliveries to an endpoint are signed with. The secret part is kept sealed and shown once."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=3, choices=KeyKind.choices)
    sealed = models.BinaryField()
    public = models.CharField(max_length=100, blank=True, help_text=_("What verifies; empty for a shared secret."))
    created_at = models.DateTimeField(default=now, editable=False)
    active_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Event(models.Model):
    """Something that happened. Its id is the `webhook-id` of all its deliveries."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=40)
    data = models.JSONField()
    account = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=now, editable=False, db_index=True)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class State(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "pending", _("on its way")
    DELIVERED = "delivered", _("delivered")
    DEAD = "dead", _("given up")


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    urgent = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("Since it was last put on its way."))
    due_at = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        constraints = (models.UniqueConstraint(fields=("event", "endpoint"), name="delivery_once_an_endpoint"),)
        indexes = (
            models.Index(fields=("endpoint", "urgent", "due_at"), condition=Q(state="pending"), name="delivery_due"),
            models.Index(fields=("claimed_until",), condition=Q(claimed_until__isnull=False), name="delivery_claimed"),
            models.Index(fields=("endpoint", "-id"), name="delivery_newest"),
            models.Index(fields=("state", "-id"), name="delivery_state"),
        )

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class Attempt(models.Model):
    """One request that was made, and what came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    milliseconds = models.PositiveIntegerField()
    error = models.CharField(max_length=500, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.status or self.error} at {self.at:%Y-%m-%d %H:%M:%S}"
