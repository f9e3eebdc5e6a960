"""What follows from a finding: the table of rules, and the decision they lead to."""
