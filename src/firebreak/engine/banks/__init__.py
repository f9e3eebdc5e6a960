"""Banks without a server: named collections of references, in memory and in one file each."""
