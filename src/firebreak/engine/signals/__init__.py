"""Fingerprints, one kind a file, and their registry."""
