"""The verbs of content."""

from firebreak.records.content.operations.finishing import begin_try, finish
from firebreak.records.content.operations.pruning import prune_fingerprints, prune_keys
from firebreak.records.content.operations.recording import KeyUsed, record_answered, record_pending
from firebreak.records.content.operations.tallying import tally

__all__ = [
    "KeyUsed",
    "begin_try",
    "finish",
    "prune_fingerprints",
    "prune_keys",
    "record_answered",
    "record_pending",
    "tally",
]
