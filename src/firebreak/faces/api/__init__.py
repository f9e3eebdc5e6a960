"""The HTTP API under `/api/v1`: the routes of all rooms together, and how errors and limits are told."""
