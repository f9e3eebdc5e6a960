"""People who use Firebreak."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
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
