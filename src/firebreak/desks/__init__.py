"""Knows people's work: one vertical slice a desk, with its pages, routes, jobs and templates."""
