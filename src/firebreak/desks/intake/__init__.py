"""The upload gate: a platform asks before it publishes."""
