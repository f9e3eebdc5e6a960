"""Knows who is calling: command line, console, API."""
