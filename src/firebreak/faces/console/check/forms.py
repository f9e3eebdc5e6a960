from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CheckFile(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("A picture, a video or a sound."))
    surface = forms.CharField(
        label=_("Surface"),
        required=False,
        max_length=60,
        help_text=_("Where it would be published, as settings name it."),
    )
    keep = forms.BooleanField(label=_("Record it as an item, as if the platform had posted it"), required=False)
    content_id = forms.CharField(label=_("Content id"), required=False, max_length=200)
