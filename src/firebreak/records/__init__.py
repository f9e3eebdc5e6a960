"""Knows the database: what is stored, and the verbs that change it."""
