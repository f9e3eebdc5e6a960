"""Our users, their roles, and the tokens of programs."""
