"""The verbs of delivery."""

from firebreak.records.delivery.operations.publishing import publish

__all__ = ["publish"]
