"""Now: what needs someone, what came in, what was stopped."""
