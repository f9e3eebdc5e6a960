from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from firebreak.records.staff.permissions import ROLE_NAMES, Role

ROLES = [(role.value, ROLE_NAMES[role]) for role in Role]


class NewPerson(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    name = forms.CharField(label=_("Name"), max_length=200)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.MODERATOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
