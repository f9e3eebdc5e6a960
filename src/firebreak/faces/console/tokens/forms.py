from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from firebreak.records.common.clock import now
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Permission

DAYS = [("", _("never")), ("30", _("after 30 days")), ("90", _("after 90 days")), ("365", _("after a year"))]


class NewToken(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Which program it is for, say “upload gate”."))
    scopes = forms.MultipleChoiceField(
        label=_("What it allows"),
        widget=forms.CheckboxSelectMultiple,
        initial=[Permission.SCANS_WRITE],
        help_text=_("An upload gate needs scans:write alone."),
    )
    ends = forms.ChoiceField(label=_("Ends"), choices=DAYS, initial="365", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        scopes.choices = [(p.value, p.value) for p in Permission if user.may(p)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        days = data.pop("ends", "")
        data["expires_at"] = now() + timedelta(days=int(days)) if days else None
        return data
