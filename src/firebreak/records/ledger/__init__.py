"""What was done, in an append-only, signed record that anyone can check."""
