"""Fixtures for tests of the real server."""

from tests.server import data, fresh_server, server

__all__ = ["data", "fresh_server", "server"]
