"""People who use Firebreak, and the tokens of programs that do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firebreak.records.common.actor import Actor
from firebreak.records.common.clock import now
from firebreak.records.common.ids import new_id
from firebreak.records.staff.permissions import ALLOWED, ROLE_NAMES, Permission, Role


class User(AbstractBaseUser):
    """A person with one role. Never deleted: what they did stays theirs; `is_active` ends their access."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=20, choices=[(r.value, ROLE_NAMES[r]) for r in Role])
    language = models.CharField(_("language"), max_length=8, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(default=now, editable=False)

    objects = BaseUserManager["User"]()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ("email",)

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, permission: Permission) -> bool:
        """Tell whether this person's role allows something."""
        return self.is_active and permission in ALLOWED[Role(self.role)]

    @property
    def actor(self) -> Actor:
        return Actor("user", str(self.pk), self.name)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Tokens as a reader wants them."""

    def usable(self) -> ApiTokenQuerySet:
        """Those that are neither revoked nor past their time."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now()), revoked_at__isnull=True)


class ApiToken(models.Model):
    """What a program shows to be let in. The secret itself is shown once and never kept; `digest` is its SHA-256."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=200)
    digest = models.BinaryField(unique=True, editable=False)
    prefix = models.CharField(max_length=16, editable=False)  # the secret's first characters, to tell it by
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="tokens")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("ends"), null=True)
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    last_used_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def permissions(self) -> frozenset[Permission]:
        """What it allows; a scope that this version does not know allows nothing."""
        return frozenset(Permission(scope) for scope in self.scopes if scope in set(Permission))

    @property
    def actor(self) -> Actor:
        return Actor("token", str(self.pk), self.name)
