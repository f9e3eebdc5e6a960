"""What is known: banks and their references."""
