"""What was seen, and what matched what."""
