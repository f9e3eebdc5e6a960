"""The upload gate under load, from another process on loopback, beside what Hasher-Matcher-Actioner reaches."""
