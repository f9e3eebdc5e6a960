"""Knows people's work: one vertical slice per desk."""
