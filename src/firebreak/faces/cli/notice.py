"""A word to whoever waits for a compiler: only where an installation did not prepare the kernels."""

from __future__ import annotations

import sys

from numba.core import event


class _Notice(event.Listener):
    """Speaks up at the first kernel that is compiled instead of loaded."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, event: event.Event) -> None:  # noqa: ARG002 - the listener's signature
        if not self._said:
            self._said = True
            sys.stderr.write("firebreak: preparing for this processor; this is done once and takes about 15 seconds\n")

    def on_end(self, event: event.Event) -> None:
        """Say nothing: the answer follows."""


def tell_of_compiling() -> None:
    """Say so on standard error when kernels have to be compiled from here on."""
    event.register("numba:compile", _Notice())  # type: ignore[no-untyped-call]
