"""What every record builds on: settings, time, ids, errors, who acts. No tables."""
