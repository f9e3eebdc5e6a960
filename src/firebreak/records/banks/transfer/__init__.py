"""Banks as text: what is known leaves and enters as signals, without the files. The forms are told in
docs/reference/import-formats.md."""
