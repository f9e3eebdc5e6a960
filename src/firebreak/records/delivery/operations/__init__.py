"""The verbs of delivery."""

from firebreak.records.delivery.operations.attempts import Outcome, claim, record_attempt, wake_forgotten
from firebreak.records.delivery.operations.endpoints import (
    MadeKey,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_key,
    send_test,
)
from firebreak.records.delivery.operations.pruning import prune
from firebreak.records.delivery.operations.publishing import publish
from firebreak.records.delivery.operations.replaying import replay, replay_dead

__all__ = [
    "MadeKey",
    "Outcome",
    "change_endpoint",
    "claim",
    "create_endpoint",
    "delete_endpoint",
    "disable_endpoint",
    "enable_endpoint",
    "prune",
    "publish",
    "record_attempt",
    "replay",
    "replay_dead",
    "rotate_key",
    "send_test",
    "wake_forgotten",
]
