"""The server's process tree: database, web and workers under one supervisor, and what it takes to look after them."""
