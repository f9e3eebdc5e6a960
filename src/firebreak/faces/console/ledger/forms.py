from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class Filter(forms.Form):
    action = forms.CharField(label=_("Action"), required=False, max_length=60)
    subject = forms.CharField(label=_("Subject"), required=False, max_length=200)
    actor = forms.CharField(label=_("Who"), required=False, max_length=100)

    def chosen(self) -> dict[str, Any]:
        """Return what to narrow by."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
