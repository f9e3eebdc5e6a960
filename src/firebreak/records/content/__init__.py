"""What was seen: items, their scans, what these found, and the fingerprints that let it be found again."""
