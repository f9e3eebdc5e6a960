"""Exact search over binary codes, and the alignment of what was found in time."""
