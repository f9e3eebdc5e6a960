"""Form fields that more than one page uses."""

from __future__ import annotations

from django import forms


class Textarea(forms.Textarea):
    def __init__(self, rows: int = 3) -> None:
        super().__init__(attrs={"rows": rows})
