"""What keeps the server from starting or working: always one sentence, with what to do."""

from __future__ import annotations


class ServerError(Exception):
    """The server cannot do what it should. The message is for whoever runs it."""
