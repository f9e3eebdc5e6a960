"""What can go wrong with a media file; all are `MediaError`, so that one except clause takes them."""

from firebreak.engine.errors import MediaError

__all__ = ["DecoderFailed", "LimitExceeded", "MediaError", "UnreadableMedia"]


class UnreadableMedia(MediaError):  # noqa: N818 - says what happened
    """The bytes are not a supported picture, video or sound, or nothing in them can be decoded."""


class LimitExceeded(MediaError):  # noqa: N818 - says what happened
    """The file asks for more than it may have; `limit` names the field of `Limits`."""

    def __init__(self, limit: str, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.args = (limit, problem, remedy)  # so that a copy made by pickle is whole
        self.limit = limit


class DecoderFailed(MediaError):  # noqa: N818 - says what happened
    """The decoder process died, hung or broke its protocol while it read this file."""
