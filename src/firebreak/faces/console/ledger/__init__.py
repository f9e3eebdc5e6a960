"""The record nobody can rewrite."""
