from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from firebreak.faces.console.shell.forms import Textarea
from firebreak.records.delivery.events import EVENT_TYPES, TEST
from firebreak.records.delivery.models import KeyKind, State

EVENTS = [(name, format_lazy("{}: {}", name, each.says)) for name, each in EVENT_TYPES.items() if name != TEST]


class EndpointForm(forms.Form):
    url = forms.URLField(
        label=_("Address"),
        max_length=2000,
        assume_scheme="https",
        help_text=_("Where events are posted to, over https."),
    )
    description = forms.CharField(label=_("Description"), max_length=500, required=False, widget=Textarea(2))
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=EVENTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them, those of later versions too."),
    )


class NewEndpoint(EndpointForm):
    kind = forms.TypedChoiceField(
        label=_("Signed with"), choices=KeyKind.choices, initial=KeyKind.HMAC, coerce=KeyKind, widget=forms.RadioSelect
    )


class KeyForm(forms.Form):
    kind = forms.TypedChoiceField(label=_("Signed with"), choices=KeyKind.choices, coerce=KeyKind)


class Filter(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("all")), *State.choices])
    event = forms.ChoiceField(
        label=_("Event"), required=False, choices=[("", _("all")), *((name, name) for name in EVENT_TYPES)]
    )
    account = forms.CharField(label=_("Account"), required=False, max_length=255)
    endpoint = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> dict[str, Any]:
        """Return what to narrow by; what makes no sense narrows nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
