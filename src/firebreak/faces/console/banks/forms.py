from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from firebreak.faces.console.shell.forms import Textarea
from firebreak.records.banks.models import BANK_NAME
from firebreak.records.policies.labels import LABELS

LABEL_CHOICES = [("", _("none: the general rules hold")), *((each.name, each.title) for each in LABELS.values())]


def _confidence(label: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal"}),
    )


class BankForm(forms.Form):
    description = forms.CharField(label=_("Description"), required=False, widget=Textarea(3))
    label = forms.ChoiceField(
        label=_("Class of content"), choices=LABEL_CHOICES, required=False, help_text=_("Rules go by it.")
    )
    block_at = _confidence(_("Block from a confidence of"))
    hold_at = _confidence(_("Hold from a confidence of"))
    review_at = _confidence(_("Review from a confidence of"))


class NewBank(BankForm):
    name = forms.RegexField(
        label=_("Name"),
        regex=rf"\A{BANK_NAME}\Z",
        max_length=63,
        help_text=_("Lower-case letters, digits, dashes and underscores; programs use it."),
        error_messages={
            "invalid": _("Use lower-case letters, digits, dashes and underscores, a letter or digit first.")
        },
    )
    field_order = ("name",)


class AddFile(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("A picture, a video or a sound. The file itself is not kept."))
    name = forms.CharField(label=_("Name"), required=False, max_length=500)
    source = forms.CharField(label=_("Source"), required=False, max_length=1000, help_text=_("Where it comes from."))
    note = forms.CharField(label=_("Note"), required=False, widget=Textarea(2))


class AddSignals(forms.Form):
    signals = forms.CharField(
        label=_("Signals"),
        widget=Textarea(5),
        help_text=_("One a line: the kind, a space, the value. Kinds are pdq, sha256, md5 and vpdq."),
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=500)
    source = forms.CharField(label=_("Source"), required=False, max_length=1000)
    note = forms.CharField(label=_("Note"), required=False, widget=Textarea(2))

    def clean_signals(self) -> list[tuple[str, str]]:
        pairs = []
        for number, line in enumerate(self.cleaned_data["signals"].splitlines(), 1):
            kind, _gap, value = line.strip().partition(" ")
            if not line.strip():
                continue
            if not value:
                raise ValidationError(gettext("Line %(n)s has no value behind its kind.") % {"n": number})
            pairs.append((kind.lower(), value.strip()))
        return pairs


class ImportFile(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("CSV, JSON or JSON lines, as an export has them; or a vPDQ file.")
    )
    source = forms.CharField(label=_("Source"), required=False, max_length=1000, help_text=_("Of rows that name none."))


class Reason(forms.Form):
    reason = forms.CharField(label=_("Why"), required=False, max_length=1000)


class Which(forms.Form):
    file = forms.FileField(label=_("File"))
