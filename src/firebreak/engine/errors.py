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


class SignalError(EngineError):
    """A fingerprint's text is not one of its kind."""


class IndexFileError(EngineError):
    """A stored index or bank is damaged, of another version, or not ours."""


class BankError(EngineError):
    """A bank cannot do what was asked of it."""
