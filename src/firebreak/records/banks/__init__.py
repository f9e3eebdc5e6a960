"""What is known: banks, their references and signals, and the index that every process keeps of them."""
