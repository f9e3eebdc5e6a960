"""Pictures as SVG, drawn on the server, each with a text alternative. Colours come from the stylesheet's classes."""

from firebreak.faces.console.shell.pictures.bars import distance_bar, hours
from firebreak.faces.console.shell.pictures.code import code_pattern
from firebreak.faces.console.shell.pictures.timelines import Stretch, timelines

__all__ = ["Stretch", "code_pattern", "distance_bar", "hours", "timelines"]
