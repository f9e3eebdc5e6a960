"""Firebreak stops known terrorist and violent extremist content at upload and on live streams."""

__version__ = "0.1.0"
