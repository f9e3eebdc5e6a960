from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from firebreak.records.content.models import State, Verdict

STOPPED: Final = "stopped"
VERDICTS = [("", _("all")), (STOPPED, _("stopped: block, hold or review")), *Verdict.choices]


class Filter(forms.Form):
    verdict = forms.ChoiceField(label=_("Verdict"), required=False, choices=VERDICTS)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *State.choices])
    surface = forms.CharField(label=_("Surface"), required=False, max_length=60)
    account = forms.CharField(label=_("Account"), required=False, max_length=200)
    content = forms.CharField(label=_("Content id"), required=False, max_length=200)
    degraded = forms.BooleanField(label=_("answered by a setting"), required=False)

    def chosen(self) -> Q:
        """Return what to narrow by; what makes no sense narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        chosen = _verdict(given.get("verdict", ""))
        names: dict[str, Any] = {"state": "state", "surface": "surface"}
        names |= {"account": "item__account_id", "content": "item__content_id"}
        for name, field in names.items():
            if given.get(name):
                chosen &= Q(**{field: given[name]})
        return chosen & ~Q(degraded="") if given.get("degraded") else chosen


def _verdict(name: str) -> Q:
    if name == STOPPED:
        return ~Q(verdict__in=["", Verdict.ALLOW])
    return Q(verdict=name) if name else Q()
