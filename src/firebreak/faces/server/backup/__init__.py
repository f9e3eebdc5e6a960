"""Backup and restore: the database and the keys, in one file."""
