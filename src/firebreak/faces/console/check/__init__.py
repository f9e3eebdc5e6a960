"""One file against the banks, by hand."""
