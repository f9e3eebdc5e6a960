"""What one host knows: a base file that its processes share, and in each of them the changes since."""
