"""What can go wrong in the engine: one root, one branch per boundary."""


class EngineError(Exception):
    """Something the engine was asked for cannot be done.

    `problem` says what is wrong and where, `remedy` what to do next; `str()` gives both.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem


class MediaError(EngineError):
    """A file could not be opened or decoded."""


class ScanDeadline(EngineError):  # noqa: N818 - says what happened
    """The time given for a scan is over: nobody knows what the file is. No `MediaError`: the file is not to blame."""


class PoolBusy(EngineError):  # noqa: N818 - says what happened
    """All decoders were busy for as long as one was waited for. No `MediaError`: the file was not looked at."""


class SignalError(EngineError):
    """A fingerprint's text is not one of its kind."""


class IndexFileError(EngineError):
    """A stored index or bank is damaged, of another version, or not ours."""


class BankError(EngineError):
    """A bank cannot do what was asked of it."""
