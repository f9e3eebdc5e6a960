"""The classes of content that banks are labelled with. To add one: add its line here, and a rule for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Label:
    """A class of content. One with `spares` is context that is never stopped automatically."""

    name: str
    title: Any  # translatable text
    help: Any
    spares: bool = False


_ALL: Final = (
    Label(
        "attack-footage",
        _("Footage of an attack"),
        _("Recordings of a terrorist or violent extremist attack, made or spread by those who carried it out."),
    ),
    Label(
        "propaganda",
        _("Propaganda"),
        _("Productions of a terrorist or violent extremist group that praise it or its violence."),
    ),
    Label(
        "recruitment",
        _("Recruitment"),
        _("Calls to join, to support or to pay for such a group."),
    ),
    Label(
        "instructions",
        _("Instructions for violence"),
        _("How to prepare or carry out an attack."),
    ),
    Label(
        "manifesto",
        _("Manifesto"),
        _("Writings in which an attacker justifies an attack or asks for more."),
    ),
    Label(
        "context",
        _("Context: never stopped"),
        _("News, research, evidence and counter-speech that shows such content in order to inform against it."),
        spares=True,
    ),
)

LABELS: Final = {label.name: label for label in _ALL}
