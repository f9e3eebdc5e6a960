"""What a first start gives: an administrator, a token, an example bank, and three commands to try it with."""
